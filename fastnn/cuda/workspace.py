"""The device memory of one pass over a batch: what the layers compute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.cuda.context import Array, Context
from fastnn.cuda.lowering import Layer
from fastnn.plan import Plan


class Workspace:
    """Arrays of rows x fan_out numbers for every layer. Without ``training`` there are none for gradients."""

    def __init__(self, context: Context, plan: Plan, layers: Sequence[Layer], rows: int, training: bool):
        self._context, self.rows, self._arrays = context, rows, []  # type: ignore[var-annotated]
        self._dtype = plan.dtype
        self.outputs = [self._take(rows * layer.fan_out) for layer in layers]
        last = rows * plan.outputs
        self.work = self._take(last)  # for the loss
        self.activated = self._take(last) if layers[-1].rowwise is not None else None
        self.derivatives: list[Array | None] = [None] * len(layers)
        self.planes: list[Array | None] = [None] * len(layers)
        self.deltas: list[Array] = []
        if training:
            self.derivatives = [self._take(rows * n.fan_out) if n.differentiates else None for n in layers]
            self.planes = [
                self._take(rows * n.fan_out * n.trainable_count) if n.trainable_count else None for n in layers
            ]
            self.deltas = [self._take(rows * layer.fan_out) for layer in layers]
            self.gradients = self._take(plan.size).clear()
            self.squares = self._take(2 * sum(layer.gradient_blocks for layer in layers))

    def plane(self, layer: Layer) -> int:
        """Return the distance of the planes of derivatives with respect to trainable parameters."""
        return self.rows * layer.fan_out

    def close(self) -> None:
        """Give the memory back."""
        for array in self._arrays:
            self._context.release(array)

    def _take(self, size: int) -> Array:
        self._arrays.append(self._context.array(size, np.dtype(self._dtype)))
        return self._arrays[-1]
