"""Which rows train and which validate, drawn from the seed: for files and for arrays alike."""

from __future__ import annotations

import numpy as np

from fastnn.errors import DataError

_STREAM = 0x5711  # makes this draw independent of others with the same seed


def split(rows: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training rows, validation rows), each in ascending order.

    The ``fraction`` of the rows that validates is rounded to the nearest integer, but each side gets one row at least.
    None validate where the fraction is 0. Raises DataError for a single row that would have to be on both sides.
    """
    if fraction == 0:
        return np.arange(rows), np.arange(0)
    if rows < 2:
        raise DataError(f"{rows} row cannot be divided into training and validation rows: set validation to 0.")
    held_out = min(max(round(rows * fraction), 1), rows - 1)
    order = np.random.default_rng([seed, _STREAM]).permutation(rows)
    return np.sort(order[held_out:]), np.sort(order[:held_out])
