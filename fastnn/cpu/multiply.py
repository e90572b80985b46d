"""The matrix product as a function of NumPy arrays.

A small product takes a microsecond, as long as it takes Numba's dispatcher to look at what it was given. So the
compiled function is entered directly, and its callers see to it that the arrays are what it was compiled for.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

import numpy as np
from numba import njit, types

from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.kernel import REALS
from fastnn.cpu.matmul import SCRATCH, split
from fastnn.cpu.pointers import address, at_address, call, null, pointer
from fastnn.cpu.products import product_kernel
from fastnn.errors import DataError
from fastnn.plan import aligned_zeros

INT = types.intp
DONE, AWKWARD, OVERLAPS = 0, 1, 2  # what became of a product


def multiply(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """out = a . b + bias. Operands are copied where the product cannot take their strides.

    a (m, k), b (k, n), bias (n,), out (m, n) must have one dtype and these shapes, out be C-contiguous and writeable.
    Raises DataError for other dtypes than float32 and float64, and where ``out`` overlaps with an operand.
    """
    plain, biased, kernel, scratch, _ = _PRODUCTS.found.get(a.dtype) or _PRODUCTS.of(a.dtype)
    became = plain(kernel, scratch, a, b, out) if bias is None else biased(kernel, scratch, a, b, bias, out)
    if became == AWKWARD:
        multiply(np.array(a, order="C"), np.array(b, order="C"), None if bias is None else np.array(bias), out)
    elif became == OVERLAPS:
        raise DataError("matmul: out overlaps with an operand, which would be overwritten while it is read.")


class _Products(threading.local):
    """The compiled product of each dtype, with scratch of the calling thread's own."""

    def __init__(self) -> None:
        self.found: dict[np.dtype, tuple] = {}

    def of(self, dtype: np.dtype) -> tuple:
        if dtype not in self.found:
            if dtype not in (np.float32, np.float64):
                raise DataError(f"matmul takes arrays of float32 or float64, not of {dtype}.")
            name, scratch = dtype.name, aligned_zeros(SCRATCH, dtype.name)
            kernel = product_kernel(name).address
            self.found[dtype] = (*_entries(name), kernel, scratch.ctypes.data, scratch)
        return self.found[dtype]


_PRODUCTS = _Products()


@functools.cache
def _entries(dtype: str) -> tuple[Callable, Callable]:
    """multiply(kernel, scratch, a, b, out) and multiply(kernel, scratch, a, b, bias, out)."""
    real = REALS[dtype]
    matrix, result = types.Array(real, 2, "A", readonly=True), types.Array(real, 2, "C")
    vector = types.Array(real, 1, "A", readonly=True)

    @compiled(types.intp(INT, INT, matrix, matrix, result), key="product of arrays")
    def plain(kernel, scratch, a, b, out):
        return checked(kernel, scratch, a, b, null(pointer(out)), out)

    @compiled(types.intp(INT, INT, matrix, matrix, vector, result), key="product of arrays with a bias")
    def biased(kernel, scratch, a, b, bias, out):
        if (bias.size > 1 and bias.strides[0] != bias.itemsize) or address(pointer(bias)) % bias.itemsize != 0:
            return AWKWARD
        if meet_in_memory(bias, out):
            return OVERLAPS
        return checked(kernel, scratch, a, b, pointer(bias), out)

    return _entry(plain), _entry(biased)


def _entry(function) -> Callable:
    [only] = function.overloads.values()
    return only.entry_point


@njit(**INNER)
def checked(kernel, scratch, a, b, start, out):
    """out = start + a . b, unless the operands lie awkwardly or where the result should go."""
    M, K, N = a.shape[0], a.shape[1], b.shape[1]
    size = a.itemsize
    left, right, c = pointer(a), pointer(b), pointer(out)
    if (a.strides[0] | a.strides[1] | b.strides[0] | b.strides[1] | address(left) | address(right)) % size != 0:
        return AWKWARD
    if b.size > 0 and b.strides[0] != size and b.strides[1] != size:
        return AWKWARD
    if meet_in_memory(a, out) or meet_in_memory(b, out):
        return OVERLAPS
    _, panels, tiles = split(M, N, c)
    call(kernel, (
        0, panels * tiles, M, N, K, left, a.strides[0] // size, a.strides[1] // size, right,
        b.strides[0] // size, b.strides[1] // size, c, N, start, 0, at_address(c, scratch),
    ))  # fmt: skip
    return DONE


@njit(**INNER)
def meet_in_memory(a, b):
    """Whether two arrays have a byte in common, or lie between each other's."""
    if a.size == 0 or b.size == 0:
        return False
    a_low, a_high = extent(a)
    b_low, b_high = extent(b)
    return a_low < b_high and b_low < a_high


@njit(**INNER)
def extent(a):
    """The addresses of an array's first byte, and behind its last."""
    low = high = address(pointer(a))
    for axis in range(a.ndim):
        reach = (a.shape[axis] - 1) * a.strides[axis]
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + a.itemsize
