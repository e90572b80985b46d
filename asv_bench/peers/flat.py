"""Flat parameters and gradients for optimizers."""

from __future__ import annotations

import numpy as np

CHECKED_STEPS = 3
CHECKED = 65536  # about so many of the parameters are compared; rules are elementwise


def arrays(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(parameters, gradients), each (size,) float32."""
    rng = np.random.default_rng(5)
    return rng.standard_normal(size, dtype=np.float32), rng.standard_normal(size, dtype=np.float32)


def some(size: int) -> slice:
    """Which of the parameters are compared."""
    return slice(None, None, max(1, size // CHECKED))
