"""The matrix product as a C function: compiled once per dtype, and called by the engine through its address.

If it were inlined into the engine, it would be compiled again for every call.
"""

from __future__ import annotations

import functools

from numba import types

from fastnn.cpu import beside
from fastnn.cpu.compiled import c_function, is_kept
from fastnn.cpu.kernel import REALS
from fastnn.cpu.matmul import product

INT = types.intp
KEY = "product"


@functools.cache
def product_kernel(dtype: str):
    """Return kernel(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch); see matmul.product."""
    beside.finish(dtype)
    return c_function(_signature(dtype), KEY)(_product_of_tasks)


def compile_beside(dtype: str) -> None:
    """Let a second process compile the product, if it is not in the cache, until product_kernel() is called."""
    beside.begin(dtype, lambda: not is_kept(_product_of_tasks, _signature(dtype), KEY))


def _product_of_tasks(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    product(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)


def _signature(dtype: str):
    p = types.CPointer(REALS[dtype])
    return types.void(INT, INT, INT, INT, INT, p, INT, INT, p, INT, INT, p, INT, p, INT, p)
