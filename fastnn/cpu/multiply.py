"""The matrix product of NumPy arrays.

A small product takes less than a microsecond, which is less time than Numba or Python need to check the arguments.
Therefore Python passes all arguments unchecked, and the compiled function checks them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, float64, int64, njit, types

from fastnn.buffers import aligned_zeros
from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.header import HEADER, entry
from fastnn.cpu.machine import itemsize, require_compiler
from fastnn.cpu.matmul import SCRATCH, tasks_of
from fastnn.cpu.native import call
from fastnn.cpu.products import product_kernel
from fastnn.errors import DataError
from fastnn.kernels.pointers import at_address, load

DONE, NOT_SUPPORTED, NEEDS_COPY, OVERLAPS = 0, 1, 2, 3  # status of a product
OUT_FLAGS = 0x1 | 0x100 | 0x400  # required of out: C-contiguous, aligned, writeable (NumPy's array flags)
DTYPES = ("float32", "float64")
FLOAT32, FLOAT64 = (np.dtype(name).num for name in DTYPES)
WORDS_PER_DTYPE = 2  # addresses of the kernel and the scratch for each of DTYPES; 0 before the first product


def multiply(a: Any, b: Any, bias: Any, out: Any) -> bool:
    """Compute out = a . b + bias and return True. If the arguments are not supported, do nothing and return False.

    Supported are NumPy arrays a (m, k), b (k, n), bias (n,) or None, and out (m, n), all of float32 or all of float64.
    out must be C-contiguous, writeable and separate from the others. It is safe to pass any other objects.
    """
    if bias is None:
        return _CONTEXT.plain(_CONTEXT.addresses, a, b, out) == DONE
    return _CONTEXT.biased(_CONTEXT.addresses, a, b, bias, out) == DONE


def multiply_any(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """Compute out = a . b + bias for arrays of any class with any strides. Operands are copied if necessary.

    Shapes must match, dtypes must be equal, and out must be C-contiguous and writeable. Raises DataError if the dtype
    is not float32 or float64, or if out overlaps with an operand.
    """
    dtype = a.dtype
    if dtype not in DTYPES:
        raise DataError(f"matmul takes arrays of float32 or float64, not of {dtype}.")
    _CONTEXT.prepare(DTYPES.index(dtype.name))
    operands = [x.view(np.ndarray).view(dtype.name) for x in (a, b, bias, out) if x is not None]
    product = _CONTEXT.plain if bias is None else _CONTEXT.biased
    status = product(_CONTEXT.addresses, *operands)
    if status == NEEDS_COPY:
        status = product(_CONTEXT.addresses, *(np.array(x, order="C") for x in operands[:-1]), operands[-1])
    if status == OVERLAPS:
        raise DataError("matmul: out must not overlap with a, b or bias. Use another array for the result.")
    assert status == DONE, status


class _ThreadContext(threading.local):
    """The compiled functions, and the scratch memory of this thread."""

    plain: Callable
    biased: Callable

    def __init__(self) -> None:
        self.addresses = np.zeros(WORDS_PER_DTYPE * len(DTYPES), np.int64)
        self.scratch: dict[int, np.ndarray] = {}

    def __getattr__(self, name: str) -> Callable:  # compiles in the first product of a thread, not on import
        if name not in ("plain", "biased"):
            raise AttributeError(name)
        self.plain, self.biased = _entries()
        return getattr(self, name)

    def prepare(self, number: int) -> None:
        """Prepare this thread for products of the dtype DTYPES[number]."""
        if number not in self.scratch:
            dtype = DTYPES[number]
            self.scratch[number] = aligned_zeros(SCRATCH, dtype)
            words = product_kernel(dtype).address, self.scratch[number].ctypes.data
            self.addresses[number * WORDS_PER_DTYPE : (number + 1) * WORDS_PER_DTYPE] = words


_CONTEXT = _ThreadContext()


@functools.cache
def _entries() -> tuple[Callable, Callable]:
    """Return plain(addresses, a, b, out) and biased(addresses, a, b, bias, out)."""
    require_compiler()

    @compiled(types.intp(HEADER, HEADER, HEADER, HEADER), key="product of arrays")
    def plain(addresses, a, b, out):
        return check_and_multiply(addresses, a, b, False, out, out)

    @compiled(types.intp(HEADER, HEADER, HEADER, HEADER, HEADER), key="product of arrays with a bias")
    def biased(addresses, a, b, bias, out):
        return check_and_multiply(addresses, a, b, True, bias, out)

    return entry(plain), entry(biased)


@njit(**INNER)
def check_and_multiply(addresses, a, b, biased, bias, out):
    """Compute the product if shapes and dtypes match; return the status."""
    if a.axes != 2 or b.axes != 2 or out.axes != 2 or a.columns != b.rows:
        return NOT_SUPPORTED
    if out.rows != a.rows or out.columns != b.columns or (out.flags & OUT_FLAGS) != OUT_FLAGS:
        return NOT_SUPPORTED
    if biased and (bias.axes != 1 or bias.columns != b.columns or bias.dtype != a.dtype):
        return NOT_SUPPORTED
    if b.dtype != a.dtype or out.dtype != a.dtype:
        return NOT_SUPPORTED
    words = at_address(int64, addresses.data)
    if a.dtype == FLOAT32 and load(words, 0) != 0:
        return check_layout_and_multiply(
            at_address(float32, 0), load(words, 0), load(words, 1), a, b, biased, bias, out
        )  # fmt: skip
    if a.dtype == FLOAT64 and load(words, WORDS_PER_DTYPE) != 0:
        return check_layout_and_multiply(
            at_address(float64, 0), load(words, WORDS_PER_DTYPE), load(words, WORDS_PER_DTYPE + 1),
            a, b, biased, bias, out,
        )  # fmt: skip
    return NOT_SUPPORTED


@njit(**INNER)
def check_layout_and_multiply(p, kernel, scratch, a, b, biased, bias, out):
    """Compute the product of elements of p's dtype if the kernel supports the memory layout; return the status."""
    size = itemsize(p)
    if may_overlap(a, out, size) or may_overlap(b, out, size) or (biased and may_overlap(bias, out, size)):
        return OVERLAPS
    if (a.row_stride | a.column_stride | b.row_stride | b.column_stride | a.data | b.data) % size != 0:
        return NEEDS_COPY
    if b.rows > 0 and b.columns > 0 and b.row_stride != size and b.column_stride != size:
        return NEEDS_COPY
    if biased and (bias.data % size != 0 or (bias.columns > 1 and bias.column_stride != size)):
        return NEEDS_COPY
    M, K, N = a.rows, a.columns, b.columns
    c, start = at_address(p, out.data), at_address(p, bias.data if biased else 0)
    call(kernel, (
        0, tasks_of(M, N, p), M, N, K, at_address(p, a.data), a.row_stride // size, a.column_stride // size,
        at_address(p, b.data), b.row_stride // size, b.column_stride // size, c, N, start, 0, at_address(p, scratch),
    ))  # fmt: skip
    return DONE


@njit(**INNER)
def may_overlap(a, b, size):
    """Return whether the address ranges of two arrays overlap."""
    if a.rows == 0 or a.columns == 0 or b.rows == 0 or b.columns == 0:
        return False
    a_low, a_high = extent(a, size)
    b_low, b_high = extent(b, size)
    return a_low < b_high and b_low < a_high


@njit(**INNER)
def extent(a, size):
    """Return the address range of an array: that of its first byte, and the one after its last byte."""
    down, across = (a.rows - 1) * a.row_stride, (a.columns - 1) * a.column_stride
    return a.data + min(down, 0) + min(across, 0), a.data + max(down, 0) + max(across, 0) + size
