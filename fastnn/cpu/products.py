"""The matrix product as a C function: compiled once per dtype, and called by the engine through its address.

If it were inlined into the engine, it would be compiled again for every call.
"""

from __future__ import annotations

import functools

from numba import types

from fastnn.cpu.compiled import c_function
from fastnn.cpu.kernel import REALS
from fastnn.cpu.matmul import product

INT = types.intp


@functools.cache
def product_kernel(dtype: str):
    """Return kernel(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch); see matmul.product."""
    p = types.CPointer(REALS[dtype])

    def product_of_tasks(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
        product(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)

    signature = types.void(INT, INT, INT, INT, INT, p, INT, INT, p, INT, INT, p, INT, p, INT, p)
    return c_function(signature, "product")(product_of_tasks)
