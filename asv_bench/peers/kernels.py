"""Compiled loops around fastnn's kernels, to time them without Python: repeated products, and functions of arrays."""

from __future__ import annotations

from numba import types

from fastnn import formula
from fastnn.cpu.barrier import meet
from fastnn.cpu.compiled import compiled
from fastnn.cpu.kernel import REALS, formula_jit, kernel
from fastnn.cpu.matmul import SCRATCH, split
from fastnn.cpu.native import call
from fastnn.kernels.pointers import advance, load, null, pointer, store
from fastnn.parts.kinds import Bound

INT = types.intp


def products(dtype: str):
    """Return products(kernel, member, team, sync, relax, repeats, a, b, out, scratch): repeat out = a . b with a team.

    kernel: the address of product_kernel(dtype), which training uses as well. a, b: any strides, but b must have unit
    stride along one axis. out: C-contiguous. scratch: SCRATCH elements per thread.
    """
    real = REALS[dtype]
    matrix, out = types.Array(real, 2, "A", readonly=True), types.Array(real, 2, "C")
    sync, scratch = types.Array(types.int64, 1, "C"), types.Array(real, 1, "C")

    @compiled(types.void(INT, INT, INT, sync, INT, INT, matrix, matrix, out, scratch), key="repeated products")
    def repeat(kernel, member, team, sync, relax, repeats, a, b, out, scratch):
        size = a.itemsize
        M, N, K = a.shape[0], b.shape[1], a.shape[1]
        left, right, c, own = pointer(a), pointer(b), pointer(out), advance(pointer(scratch), member * SCRATCH)
        _, panels, tiles = split(M, N, c)
        low, high = panels * tiles * member // team, panels * tiles * (member + 1) // team
        arguments = (
            low, high, M, N, K, left, a.strides[0] // size, a.strides[1] // size,
            right, b.strides[0] // size, b.strides[1] // size, c, N, null(c), 0, own,
        )  # fmt: skip
        for _ in range(repeats):
            call(kernel, arguments)
            meet(pointer(sync), team, relax)

    return repeat


def elementwise(bound: Bound, dtype: str):
    """Return kernel(x, y, n), which sets y = f(x) for an activation without parameters."""
    value = formula.activation_value(bound, dtype)

    def make():
        f = value.build(formula_jit)

        def values(x, y, n):
            for k in range(n):
                store(y, k, f(load(x, k)))

        return values

    p = types.CPointer(REALS[dtype])
    return kernel(value.key, types.void(p, p, INT), make)
