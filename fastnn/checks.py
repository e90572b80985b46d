"""Check arrays given by users, and return them in the form that programs take.

Single values are checked in :mod:`fastnn.limits`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from fastnn.errors import DataError, UsageError

WIDE_INTEGERS = (np.dtype(np.int64), np.dtype(np.uint64))  # which NumPy casts to float64 as if it held them exactly


def array(value: Any, name: str) -> np.ndarray:
    """Return ``value`` as an array, without a copy if it is one.

    Raises DataError if it cannot be converted, or if the conversion would lose a mask or a gradient.
    """
    if type(value) is np.ndarray:
        return value
    if has_masked(value):
        raise DataError(
            f"{name} has masked values, and a network cannot use a mask: leave out these samples, or replace the "
            f"values with {name}.filled(number)."
        )
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        if getattr(value, "requires_grad", False):
            raise DataError(
                f"{name} is a {type(value).__name__} that requires a gradient: give {name}.detach().numpy()."
            ) from None
        raise DataError(f"{name} is not an array of numbers: {error}.") from None


def has_masked(value: Any) -> bool:
    """Return True for a NumPy masked array, or nested lists with such arrays, with a value that is masked."""
    masked_arrays = sys.modules.get("numpy.ma")  # if it is not imported, there are no masked arrays
    if masked_arrays is None:
        return False
    kind = masked_arrays.MaskedArray
    if isinstance(value, kind):
        mask = masked_arrays.getmask(value)  # of records, a record of bools
        return bool(np.ascontiguousarray(mask).view(np.bool_).any())
    return isinstance(value, (list, tuple)) and any(
        has_masked(one) for one in value if isinstance(one, (kind, list, tuple))
    )


def numbers(value: Any, name: str) -> np.ndarray:
    """Return ``value`` as an array of real numbers, without a copy if it is one. Raises DataError."""
    found = value if type(value) is np.ndarray else array(value, name)
    if found.dtype.kind not in "biuf":
        raise DataError(f"{name} holds {found.dtype}; it must hold numbers.")
    return found


def matrix(X: Any, dtype: str, columns: int, name: str) -> np.ndarray:
    """Return X as a C-contiguous (samples, columns) array of this dtype, without a copy if it is one.

    Raises DataError if it has another shape, or does not hold numbers.
    """
    found = numbers(X, name)
    shape = found.shape
    if found.ndim == 1 and columns == 1:
        found = found.reshape(-1, 1)
    if found.ndim != 2 or found.shape[1] != columns:
        raise DataError(f"{name} has shape {shape}; it must be (samples, {columns}).")
    with np.errstate(over="ignore"):  # numbers beyond the dtype become infinite, which require_finite reports
        return np.ascontiguousarray(found, dtype)


def require_resolved(given: np.ndarray, cast: np.ndarray, name: str) -> None:
    """Raise DataError if the conversion of ``given`` to ``cast``, (samples, columns), merges values that matter.

    That is: the step of the new dtype at the largest magnitude of a column is more than 1 % of the column's standard
    deviation. A standard deviation is at least the range divided by the square root of twice the number of values, so
    it is computed only for columns of which this is too little.
    """
    exact = given.dtype == cast.dtype or (np.can_cast(given.dtype, cast.dtype) and given.dtype not in WIDE_INTEGERS)
    if exact or not cast.size:
        return
    low, high = cast.min(axis=0), cast.max(axis=0)
    largest = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):
        least = 100 * np.spacing(largest).astype(np.float64)  # a smaller standard deviation is too small
        doubtful = (high - low.astype(np.float64) < least * np.sqrt(2 * len(cast))) & (largest > 0)
    rounding = 16 * np.finfo(given.dtype).eps if given.dtype.kind == "f" else 0.0  # 0.3 and 0.1 + 0.2 are a constant
    for column in np.flatnonzero(doubtful):
        values = given.reshape(cast.shape)[:, column]
        spread = float((values - values.min()).astype(np.float64).std())
        if rounding * largest[column] < spread < least[column]:
            wider = "" if cast.dtype == np.float64 else ', or use dtype="float64"'
            where = name if cast.shape[1] == 1 else f"{name}, column {column}"
            raise DataError(
                f"{where}: {cast.dtype} has steps of {least[column] / 100:g} at values such as "
                f"{values.max():g}, which is more than 1 % of the column's standard deviation of {spread:g}, so "
                f"different values would become equal: subtract the mean first{wider}."
            )


def require_finite(array: np.ndarray, name: str) -> None:
    """Raise DataError with the first position if a (samples, columns) array has NaN or infinite values."""
    with np.errstate(over="ignore", invalid="ignore"):  # for infinities, and for the sum of huge but valid numbers
        if np.isfinite(array.sum(dtype=np.float64)):
            return
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        value = array[tuple(bad[0])]
        beyond = " (or beyond what float32 holds)" if array.dtype == np.float32 and not np.isnan(value) else ""
        raise DataError(
            f"{name}[{place}] is {value}{beyond}: NaN and infinity cannot be used. Such values: {len(bad)}."
        )


def require_buffer(buffer: Any, size: int, dtype: str, writeable: bool = True) -> None:
    """Raise UsageError unless compiled code can work in place on ``buffer``, the parameters of a network.

    Compiled code gets only an address: it would read and write beyond an array that is too short.
    """
    if type(buffer) is not np.ndarray and (not isinstance(buffer, np.ndarray) or hasattr(buffer, "mask")):
        wrong = f"is a {type(buffer).__name__}"
    elif buffer.shape != (size,) or buffer.dtype != dtype:
        wrong = f"is {buffer.dtype}{buffer.shape}"
    elif not buffer.flags.c_contiguous:
        wrong = "has gaps between its elements"
    elif not buffer.flags.aligned:
        wrong = f"does not start at a multiple of {buffer.itemsize} bytes"
    elif writeable and not buffer.flags.writeable:
        wrong = "is read-only"
    else:
        return
    raise UsageError(
        f"net.parameters {wrong}; it must be a NumPy array {dtype}({size},), C-contiguous, aligned and writeable. "
        "To copy numbers into it, use net.parameters[:] = numbers."
    )


def require_memory(what: str, bytes: int) -> None:
    """Raise UsageError if the machine has less memory than this. Do nothing if the system does not tell its size."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if bytes > there:
        raise UsageError(
            f"{what} needs {bytes / 1e9:,.0f} GB for its parameters; this machine has {there / 1e9:,.0f} GB of memory."
        )
