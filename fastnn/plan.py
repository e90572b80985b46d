"""A plan says what a network and its training step are. Pure data: it knows no compiler and no device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts import Bound

DTYPES = ("float32", "float64")
ALIGNMENT = 64  # bytes: every segment starts at a multiple, a cache line and the widest vector
PAGE = 4096  # bytes: a load waits for a store before it where their addresses differ by a multiple of this
LARGE = 16 * PAGE  # bytes from which on arrays lie in their pages alike, so that side by side they never do


@dataclass(frozen=True)
class Dense:
    """Z = X . W + b. ``weights`` and ``bias`` are numbers of segments."""

    fan_in: int
    fan_out: int
    weights: int
    bias: int


@dataclass(frozen=True)
class Activate:
    """Y = f(Z). ``parameters``: the number of the segment of its trainable parameters, if it has any."""

    activation: Bound
    width: int
    parameters: int | None = None


@dataclass(frozen=True)
class Dropout:
    """Inverted dropout: in training each unit is 0 with probability ``rate``, else divided by 1 - rate."""

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
    """The stages of a network, the layout of its parameters, and (for training) everything about a step.

    batch_size None means the whole data set. ``measure_norm``: the gradient's norm is wanted at every step.
    """

    stages: tuple[Stage, ...]
    segments: tuple[Segment, ...]
    size: int
    dtype: str
    loss: Bound | None = None
    optimizer: Bound | None = None
    batch_size: int | None = 128
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

    @property
    def dense(self) -> tuple[Dense, ...]:
        return tuple(s for s in self.stages if isinstance(s, Dense))

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.inputs, *(d.fan_out for d in self.dense))

    @property
    def activations(self) -> tuple[Activate, ...]:
        return tuple(s for s in self.stages if isinstance(s, Activate))

    def views(self, buffer: np.ndarray) -> list[np.ndarray]:
        """Each segment of a flat buffer, in its shape; no copies."""
        return [buffer[s.slice].reshape(s.shape) for s in self.segments]

    def buffer(self) -> np.ndarray:
        """A flat buffer of zeros for this layout, aligned."""
        return aligned_zeros(self.size, self.dtype)


def network_plan(sizes: Sequence[int], activations: Sequence[Bound], dtype: str) -> Plan:
    """The plan of a network: ``activations`` has one entry a layer, the output's last."""
    if dtype not in DTYPES:
        raise UsageError(f"dtype {dtype!r} is not allowed: it must be one of {', '.join(DTYPES)}.")
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
                f"The activation {activation.name!r} works on whole rows: it is for the output, not for hidden layer "
                f"{layer + 1}."
            )
        weights = segment(f"weights{layer}", (fan_in, fan_out), "weights")
        stages.append(Dense(fan_in, fan_out, weights, segment(f"bias{layer}", (fan_out,), "bias")))
        learnt = activation.part.trainable
        parameters = segment(f"activation{layer}", (len(learnt),), "activation") if learnt else None
        stages.append(Activate(activation, fan_out, parameters))
    return Plan(tuple(stages), tuple(segments), end, dtype)


def training_plan(network: Plan, *, dropout: float = 0.0, l1: float = 0.0, l2: float = 0.0, **settings) -> Plan:
    """The network's plan with what training adds: dropout behind hidden activations, penalties on weights,
    and ``settings``: the other fields of :class:`Plan`."""
    stages: list[Stage] = []
    for number, stage in enumerate(network.stages):
        stages.append(stage)
        if isinstance(stage, Activate) and dropout > 0.0 and number != len(network.stages) - 1:
            stages.append(Dropout(dropout, stage.width))
    segments = tuple(replace(s, l1=l1, l2=l2) if s.kind == "weights" else s for s in network.segments)
    return replace(network, stages=tuple(stages), segments=segments, **settings)


def aligned_zeros(size: int, dtype: str, like: int = 0) -> np.ndarray:
    """A flat array of zeros that starts at a multiple of ALIGNMENT bytes, a large one at a multiple of PAGE.

    like: an address; the array starts where it is, but for such a multiple.
    """
    nbytes = size * np.dtype(dtype).itemsize
    multiple = _multiple(nbytes)
    raw = np.zeros(nbytes + multiple, np.uint8)
    start = (like - raw.ctypes.data) % multiple
    return raw[start : start + nbytes].view(dtype)


def between_planes(size: int, dtype: str) -> int:
    """How many elements lie between the beginnings of arrays of ``size`` elements that are one array."""
    itemsize = np.dtype(dtype).itemsize
    step = _multiple(size * itemsize) // itemsize
    return -(-size // step) * step


def _multiple(nbytes: int) -> int:
    return PAGE if nbytes >= LARGE else ALIGNMENT
