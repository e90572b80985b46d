"""Check arrays given by users, and return them in the form that programs take.

Single values are checked in :mod:`fastnn.limits`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from fastnn.errors import DataError, UsageError


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
    """Return True for a NumPy masked array, or a list of such arrays, with a value that is masked."""
    masked_arrays = sys.modules.get("numpy.ma")  # if it is not imported, there are no masked arrays
    if masked_arrays is None:
        return False
    kind = masked_arrays.MaskedArray
    values = value if isinstance(value, (list, tuple)) else (value,)
    return any(isinstance(one, kind) and masked_arrays.is_masked(one) for one in values)


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
