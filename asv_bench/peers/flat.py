"""Flat parameters and gradients for optimizers."""

from __future__ import annotations

import numpy as np

CHECKED_STEPS = 3
PERIOD = 999_983  # a prime number, so that no two pages are equal
BLOCK, BLOCKS = 4096, 16  # size and number of the blocks that are compared, from the first parameter to the last


def arrays(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (parameters, gradients), each (size,) float32. Large arrays are periodic."""
    rng = np.random.default_rng(5)
    parameters, gradients = (rng.standard_normal(min(size, PERIOD), dtype=np.float32) for _ in range(2))
    return np.resize(parameters, size), np.resize(gradients, size)


def some(values: np.ndarray) -> np.ndarray:
    """Return the elements that are compared, of a flat array with at least 2 BLOCK elements. Rules are elementwise."""
    starts = np.linspace(0, values.size - BLOCK, BLOCKS).astype(np.int64)
    return np.concatenate([values[i : i + BLOCK] for i in starts])
