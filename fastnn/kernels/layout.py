"""What lowering a plan needs on every device: its layers, and the offsets of arrays in a workspace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.activations import identity
from fastnn.buffers import ALIGNMENT
from fastnn.parts.kinds import Bound
from fastnn.plan import Activate, Dense, Dropout, Plan


@dataclass
class PlannedLayer:
    """A product with the activation and the dropout that follow it."""

    dense: Dense
    activate: Activate
    dropout: float = 0.0


def layers_of(plan: Plan) -> list[PlannedLayer]:
    """Return the stages of a plan as layers."""
    layers: list[PlannedLayer] = []
    for stage in plan.stages:
        if isinstance(stage, Dense):
            dense = stage
        elif isinstance(stage, Activate):
            layers.append(PlannedLayer(dense, stage))
        elif isinstance(stage, Dropout):
            layers[-1].dropout = stage.rate
    return layers


def is_identity(bound: Bound) -> bool:
    """Return whether this is the built-in identity, by its functions: a part given as an object may have its name."""
    return bound.part.f is identity.value and bound.part.derivative is identity.derivative


class Allocator:
    """Hands out aligned pieces of a flat buffer."""

    def __init__(self, dtype: str):
        self._step = ALIGNMENT // np.dtype(dtype).itemsize
        self.end = 0

    def take(self, elements: int) -> int:
        """Return the offset of the next piece, which has room for ``elements`` numbers."""
        offset, self.end = self.end, -(-(self.end + elements) // self._step) * self._step
        return offset
