"""The matrix product as a function of NumPy arrays.

A small product takes less than a microsecond, and less than Numba or Python need to look at what they were given. So
Python passes what it has to the compiled function, which looks itself.
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

DONE, OTHER, AWKWARD, OVERLAPS = 0, 1, 2, 3  # what became of a product
FLAGS = 0x1 | 0x100 | 0x400  # C-contiguous, aligned, writeable: NumPy's flags of an array that takes a result
DTYPES = ("float32", "float64")
FLOAT32, FLOAT64 = (np.dtype(name).num for name in DTYPES)
TOOL = 2  # the kernel and scratch of each of DTYPES, one after the other; 0 until it is needed


def multiply(a: Any, b: Any, bias: Any, out: Any) -> bool:
    """out = a . b + bias, where all is as the product needs it; else nothing is done, and the result is False.

    Needed are NumPy arrays a (m, k), b (k, n), bias (n,) or None, and out (m, n), all float32 or all float64, the
    last C-contiguous and writeable and apart from the others. Whatever else they are, it is safe to try.
    """
    if bias is None:
        return _TOOLS.plain(_TOOLS.addresses, a, b, out) == DONE
    return _TOOLS.biased(_TOOLS.addresses, a, b, bias, out) == DONE


def multiply_any(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """The same for arrays of any class and any strides; operands are copied where the product cannot take them.

    Shapes must fit, dtypes be equal, and ``out`` be C-contiguous and writeable. Raises DataError for other dtypes
    than float32 and float64, and where ``out`` overlaps with an operand.
    """
    dtype = a.dtype
    if dtype not in DTYPES:
        raise DataError(f"matmul takes arrays of float32 or float64, not of {dtype}.")
    _TOOLS.prepare(DTYPES.index(dtype.name))
    operands = [x.view(np.ndarray).view(dtype.name) for x in (a, b, bias, out) if x is not None]
    product = _TOOLS.plain if bias is None else _TOOLS.biased
    became = product(_TOOLS.addresses, *operands)
    if became == AWKWARD:
        became = product(_TOOLS.addresses, *(np.array(x, order="C") for x in operands[:-1]), operands[-1])
    if became == OVERLAPS:
        raise DataError("matmul: out overlaps with an operand, which would be overwritten while it is read.")
    assert became == DONE, became


class _Tools(threading.local):
    """What a thread multiplies with: the compiled functions of all, and scratch of its own."""

    plain: Callable
    biased: Callable

    def __init__(self) -> None:
        self.addresses = np.zeros(TOOL * len(DTYPES), np.int64)
        self.scratch: dict[int, np.ndarray] = {}

    def __getattr__(self, name: str) -> Callable:  # at a thread's first product: compiling is nothing for an import
        if name not in ("plain", "biased"):
            raise AttributeError(name)
        self.plain, self.biased = _entries()
        return getattr(self, name)

    def prepare(self, number: int) -> None:
        """Products of that dtype are possible from now on."""
        if number not in self.scratch:
            dtype = DTYPES[number]
            self.scratch[number] = aligned_zeros(SCRATCH, dtype)
            tool = product_kernel(dtype).address, self.scratch[number].ctypes.data
            self.addresses[number * TOOL : (number + 1) * TOOL] = tool


_TOOLS = _Tools()


@functools.cache
def _entries() -> tuple[Callable, Callable]:
    """plain(tools, a, b, out) and biased(tools, a, b, bias, out)."""
    require_compiler()

    @compiled(types.intp(HEADER, HEADER, HEADER, HEADER), key="product of arrays")
    def plain(tools, a, b, out):
        return checked(tools, a, b, False, out, out)

    @compiled(types.intp(HEADER, HEADER, HEADER, HEADER, HEADER), key="product of arrays with a bias")
    def biased(tools, a, b, bias, out):
        return checked(tools, a, b, True, bias, out)

    return entry(plain), entry(biased)


@njit(**INNER)
def checked(tools, a, b, biased, bias, out):
    """The product, if shapes and dtypes fit."""
    if a.axes != 2 or b.axes != 2 or out.axes != 2 or a.columns != b.rows:
        return OTHER
    if out.rows != a.rows or out.columns != b.columns or (out.flags & FLAGS) != FLAGS:
        return OTHER
    if biased and (bias.axes != 1 or bias.columns != b.columns or bias.dtype != a.dtype):
        return OTHER
    if b.dtype != a.dtype or out.dtype != a.dtype:
        return OTHER
    tool = at_address(int64, tools.data)
    if a.dtype == FLOAT32 and load(tool, 0) != 0:
        return laid_out(at_address(float32, 0), load(tool, 0), load(tool, 1), a, b, biased, bias, out)
    if a.dtype == FLOAT64 and load(tool, TOOL) != 0:
        return laid_out(at_address(float64, 0), load(tool, TOOL), load(tool, TOOL + 1), a, b, biased, bias, out)
    return OTHER


@njit(**INNER)
def laid_out(p, kernel, scratch, a, b, biased, bias, out):
    """The product of numbers of p's type, if they lie as the kernel can read them, and out apart from them."""
    size = itemsize(p)
    if meet_in_memory(a, out, size) or meet_in_memory(b, out, size) or (biased and meet_in_memory(bias, out, size)):
        return OVERLAPS
    if (a.row_stride | a.column_stride | b.row_stride | b.column_stride | a.data | b.data) % size != 0:
        return AWKWARD
    if b.rows > 0 and b.columns > 0 and b.row_stride != size and b.column_stride != size:
        return AWKWARD
    if biased and (bias.data % size != 0 or (bias.columns > 1 and bias.column_stride != size)):
        return AWKWARD
    M, K, N = a.rows, a.columns, b.columns
    c, start = at_address(p, out.data), at_address(p, bias.data if biased else 0)
    call(kernel, (
        0, tasks_of(M, N, p), M, N, K, at_address(p, a.data), a.row_stride // size, a.column_stride // size,
        at_address(p, b.data), b.row_stride // size, b.column_stride // size, c, N, start, 0, at_address(p, scratch),
    ))  # fmt: skip
    return DONE


@njit(**INNER)
def meet_in_memory(a, b, size):
    """Whether two arrays have a byte in common, or lie between each other's."""
    if a.rows == 0 or a.columns == 0 or b.rows == 0 or b.columns == 0:
        return False
    a_low, a_high = extent(a, size)
    b_low, b_high = extent(b, size)
    return a_low < b_high and b_low < a_high


@njit(**INNER)
def extent(a, size):
    """The addresses of an array's first byte, and behind its last."""
    down, across = (a.rows - 1) * a.row_stride, (a.columns - 1) * a.column_stride
    return a.data + min(down, 0) + min(across, 0), a.data + max(down, 0) + max(across, 0) + size
