"""The forward pass, layer by layer: the values before and after every activation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fastnn import ops
from fastnn.parts.kinds import Bound

Layer = tuple[np.ndarray, np.ndarray, Bound]
"""W of shape (fan_in, fan_out), b of shape (fan_out,), the activation with its parameters."""


def forward_layers(X: np.ndarray, layers: Iterable[Layer]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the values before and after the activation of every layer, each of shape (samples, fan_out)."""
    passed = []
    after = X
    for W, b, activation in layers:
        before = ops.matmul(after, W, bias=b)
        after = ops.activation(activation, before)
        passed.append((before, after))
    return passed
