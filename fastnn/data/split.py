"""Draw the training rows and the validation rows."""

from __future__ import annotations

import numpy as np

from fastnn.errors import DataError

_STREAM = 0x5711  # makes this draw independent of others with the same seed


def split(rows: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training rows, validation rows), each in ascending order. ``fraction`` of all rows are for validation."""
    if fraction == 0:
        return np.arange(rows), np.arange(0)
    if rows < 2:
        raise DataError(f"{rows} row cannot be divided into training and validation; use --validation 0.")
    held_out = min(max(round(rows * fraction), 1), rows - 1)
    order = np.random.default_rng([seed, _STREAM]).permutation(rows)
    return np.sort(order[held_out:]), np.sort(order[:held_out])
