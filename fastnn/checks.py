"""Arrays that users give, checked and in the form that programs take. Single values are checked in fastnn.limits."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fastnn.errors import DataError, UsageError
from fastnn.limits import Integer


def matrix(X: Any, dtype: str, columns: int, name: str) -> np.ndarray:
    """X as a C-contiguous (samples, columns) array of that dtype; X itself where it is one already.

    Raises DataError where it has another shape or holds what is no number.
    """
    try:
        array = np.asarray(X)
        if array.dtype.kind not in "biuf":
            raise DataError(f"{name} holds {array.dtype}; it must hold numbers.")
        if array.ndim == 1 and columns == 1:
            array = array.reshape(-1, 1)
        with np.errstate(over="ignore"):  # numbers beyond the dtype become infinite, which require_finite reports
            array = np.ascontiguousarray(array, dtype)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name} is not an array of numbers: {error}.") from None
    if array.ndim != 2 or array.shape[1] != columns:
        raise DataError(f"{name} has shape {np.shape(X)}; it must be (samples, {columns}).")
    return array


def require_finite(array: np.ndarray, name: str) -> None:
    """DataError that names the first place where a (samples, columns) array is NaN or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):  # of infinities, and of huge numbers that are all right
        if np.isfinite(array.sum(dtype=np.float64)):
            return
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        value = array[tuple(bad[0])]
        beyond = " (or beyond what float32 holds)" if array.dtype == np.float32 and not np.isnan(value) else ""
        raise DataError(
            f"{name}[{place}] is {value}{beyond}: NaN and infinity cannot be learnt from. {len(bad)} such places."
        )


def whole(name: str, value: Any, at_least: int) -> int:
    """value as an int that a 64-bit word holds; UsageError that names it where it is none, or too small."""
    return Integer(at_least)(value, name)


def require_memory(what: str, bytes: int) -> None:
    """UsageError where so many bytes are more than the machine has, if the system says how many that are."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if bytes > there:
        raise UsageError(
            f"{what} needs {bytes / 1e9:,.0f} GB for its parameters; this machine has {there / 1e9:,.0f} GB of memory."
        )
