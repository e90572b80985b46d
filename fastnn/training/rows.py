"""The rows of shared arrays that one network trains on, and those that validate it."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.checks import array
from fastnn.errors import UsageError


def checked_rows(rows: Any, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (training rows, validation rows) as int64 arrays. Raises UsageError."""
    if not isinstance(rows, tuple) or len(rows) != 2:
        raise UsageError("rows: give a pair (training rows, validation rows), a tuple of two arrays of row numbers.")
    training = _numbers(rows[0], samples, "training rows")
    validation = _numbers(() if rows[1] is None else rows[1], samples, "validation rows")
    if not len(training):
        raise UsageError("rows: there are no training rows.")
    trained = np.zeros(samples, bool)
    trained[training] = True
    shared = validation[trained[validation]]
    if len(shared):
        raise UsageError(
            f"rows: row {shared[0]} is among the training rows and among the validation rows, so the validation loss "
            f"would be too low. Rows in both: {len(np.unique(shared))}."
        )
    return training, validation


def _numbers(rows: Any, samples: int, what: str) -> np.ndarray:
    found = array(rows, f"rows: the {what}")
    if found.ndim == 1 and not len(found):
        return np.zeros(0, np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        mask = " np.flatnonzero(mask) gives those of a mask." if found.dtype.kind == "b" else ""
        raise UsageError(
            f"rows: the {what} are {found.dtype}{found.shape}; they must be an array of row numbers, 0 ... "
            f"{samples - 1}.{mask}"
        )
    outside = found[(found < 0) | (found >= samples)]
    if len(outside):
        raise UsageError(f"rows: {outside[0]} is among the {what}, but the rows of X are 0 ... {samples - 1}.")
    return found.astype(np.int64)
