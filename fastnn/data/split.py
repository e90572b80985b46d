"""The random split into training and validation rows, the same for files and for arrays."""

from __future__ import annotations

import numpy as np

from fastnn.errors import DataError

_STREAM = 0x5711  # makes this draw independent of others with the same seed


def split(rows: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (training rows, validation rows), each in ascending order.

    The number of validation rows is rounded to the nearest integer, but each side gets at least one row. If the
    ``fraction`` is 0, there are no validation rows. Raises DataError if a single row would have to be split.
    """
    if fraction == 0:
        return np.arange(rows), np.arange(0)
    if rows < 2:
        raise DataError(f"{rows} row cannot be divided into training and validation rows: set validation to 0.")
    held_out = min(max(round(rows * fraction), 1), rows - 1)
    order = np.random.default_rng([seed, _STREAM]).permutation(rows)
    return np.sort(order[held_out:]), np.sort(order[:held_out])
