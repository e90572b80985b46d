"""The plan of a network and its training step: pure data, independent of compilers and devices."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fastnn.buffers import ALIGNMENT, aligned_zeros
from fastnn.errors import UsageError
from fastnn.limits import DTYPE
from fastnn.parts.kinds import DEFAULT_BATCH, Bound


@dataclass(frozen=True)
class Dense:
    """Z = X . W + b. ``weights`` and ``bias`` are indices into ``Plan.segments``."""

    fan_in: int
    fan_out: int
    weights: int
    bias: int


@dataclass(frozen=True)
class Activate:
    """Y = f(Z). ``parameters`` is the index of the segment with its trainable parameters, if it has any."""

    activation: Bound
    width: int
    parameters: int | None = None


@dataclass(frozen=True)
class Dropout:
    """Inverted dropout: in training each unit is set to 0 with probability ``rate``, else divided by 1 - rate."""

    rate: float
    width: int


Stage = Dense | Activate | Dropout


@dataclass(frozen=True)
class Segment:
    """A tensor within the flat buffers: ``offset`` and ``shape`` in elements.

    l1 * sign(w) + l2 * w is added to its gradient.
    """

    name: str
    offset: int
    shape: tuple[int, ...]
    kind: Literal["weights", "bias", "activation"]
    l1: float = 0.0
    l2: float = 0.0

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def slice(self) -> slice:
        return slice(self.offset, self.offset + self.size)


@dataclass(frozen=True)
class Plan:
    """The stages of a network, the layout of its parameters and, for training, the settings of a step.

    size: elements of a flat buffer. batch_size: rows per step; None means all rows. measure_norm: compute the global
    norm of the gradient in every step.
    """

    stages: tuple[Stage, ...]
    segments: tuple[Segment, ...]
    size: int
    dtype: str
    loss: Bound | None = None
    optimizer: Bound | None = None
    batch_size: int | None = DEFAULT_BATCH
    clip_norm: float | None = None
    measure_norm: bool = False
    shuffle: bool = True
    seed: int = 0

    @property
    def inputs(self) -> int:
        return self.dense[0].fan_in

    @property
    def outputs(self) -> int:
        return self.dense[-1].fan_out

    @functools.cached_property
    def dense(self) -> tuple[Dense, ...]:
        return tuple(s for s in self.stages if isinstance(s, Dense))

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.inputs, *(d.fan_out for d in self.dense))

    @functools.cached_property
    def activations(self) -> tuple[Activate, ...]:
        return tuple(s for s in self.stages if isinstance(s, Activate))

    def views(self, buffer: np.ndarray) -> list[np.ndarray]:
        """Return every segment of a flat buffer as a view with its shape."""
        return [buffer[s.slice].reshape(s.shape) for s in self.segments]

    def buffer(self) -> np.ndarray:
        """Return an aligned flat buffer of zeros for this layout."""
        return aligned_zeros(self.size, self.dtype)


def network_plan(sizes: Sequence[int], activations: Sequence[Bound], dtype: str) -> Plan:
    """Return the plan of a network. activations: one per layer, that of the output layer last."""
    DTYPE(dtype, "dtype")
    stages: list[Stage] = []
    segments: list[Segment] = []
    end = 0

    def segment(name: str, shape: tuple[int, ...], kind: Literal["weights", "bias", "activation"]) -> int:
        nonlocal end
        segments.append(Segment(name, end, shape, kind))
        step = ALIGNMENT // np.dtype(dtype).itemsize
        end = -(-(end + segments[-1].size) // step) * step
        return len(segments) - 1

    last = len(sizes) - 2
    for layer, activation in enumerate(activations):
        fan_in, fan_out = sizes[layer], sizes[layer + 1]
        if activation.part.rowwise and layer != last:
            raise UsageError(
                f"The activation {activation.name!r} works on whole rows: use it for the output layer, not for hidden "
                f"layer {layer + 1}."
            )
        weights = segment(f"weights{layer}", (fan_in, fan_out), "weights")
        stages.append(Dense(fan_in, fan_out, weights, segment(f"bias{layer}", (fan_out,), "bias")))
        trainable = activation.part.trainable
        parameters = segment(f"activation{layer}", (len(trainable),), "activation") if trainable else None
        stages.append(Activate(activation, fan_out, parameters))
    return Plan(tuple(stages), tuple(segments), end, dtype)


def training_plan(network: Plan, *, dropout: float = 0.0, l1: float = 0.0, l2: float = 0.0, **settings) -> Plan:
    """Return the plan of a network with dropout after its hidden activations and penalties on its weights.

    settings: further fields of :class:`Plan`.
    """
    stages: list[Stage] = []
    for number, stage in enumerate(network.stages):
        stages.append(stage)
        if isinstance(stage, Activate) and dropout > 0.0 and number != len(network.stages) - 1:
            stages.append(Dropout(dropout, stage.width))
    segments = tuple(replace(s, l1=l1, l2=l2) if s.kind == "weights" else s for s in network.segments)
    return replace(network, stages=tuple(stages), segments=segments, **settings)
