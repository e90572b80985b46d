"""Flat parameters and gradients for optimizers."""

from __future__ import annotations

import numpy as np

CHECKED_STEPS = 3
PERIOD = 999_983  # a prime: no two pages are alike
RUN, RUNS = 4096, 16  # so many runs of neighbours are compared, from the first parameter to the last


def arrays(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(parameters, gradients), each (size,) float32; large ones repeat themselves."""
    rng = np.random.default_rng(5)
    parameters, gradients = (rng.standard_normal(min(size, PERIOD), dtype=np.float32) for _ in range(2))
    return np.resize(parameters, size), np.resize(gradients, size)


def some(values: np.ndarray) -> np.ndarray:
    """Those that are compared, of flat arrays of 2 RUN elements and more; rules are elementwise."""
    starts = np.linspace(0, values.size - RUN, RUNS).astype(np.int64)
    return np.concatenate([values[i : i + RUN] for i in starts])
