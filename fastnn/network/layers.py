"""The forward pass, layer by layer: the values before and after every activation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from fastnn import ops
from fastnn.parts.kinds import Bound

Layer = tuple[np.ndarray, np.ndarray, Bound, Mapping[str, np.ndarray]]
"""W of shape (fan_in, fan_out), b of shape (fan_out,), the activation, its trainable parameters of shape ()."""


def forward_layers(X: np.ndarray, layers: Iterable[Layer]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the values before and after the activation of every layer, each of shape (samples, fan_out)."""
    passed = []
    after = X
    for W, b, activation, trained in layers:
        before = ops.matmul(after, W, bias=b)
        after = ops.activation(activation.changed({name: float(v) for name, v in trained.items()}), before)
        passed.append((before, after))
    return passed
