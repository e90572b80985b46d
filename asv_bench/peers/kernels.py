"""Compiled loops around fastnn's kernels: many products, or one function over an array, without Python in between."""

from __future__ import annotations

from numba import types

from fastnn import formula
from fastnn.cpu.barrier import meet
from fastnn.cpu.compiled import compiled
from fastnn.cpu.kernel import REALS, formula_jit, kernel
from fastnn.cpu.matmul import SCRATCH, matmul_task
from fastnn.cpu.pointers import advance, load, null, pointer, store
from fastnn.parts import Bound

INT = types.intp


def products(dtype: str):
    """products(member, team, sync, relax, repeats, a, b, out, scratch): out = a . b, so many times, by a team.

    a, b: of any strides; out: C-contiguous; scratch: SCRATCH elements a member.
    """
    real = REALS[dtype]
    matrix, out = types.Array(real, 2, "A", readonly=True), types.Array(real, 2, "C")
    signature = types.void(
        INT, INT, types.Array(types.int64, 1, "C"), types.int64, INT, matrix, matrix, out, types.Array(real, 1, "C")
    )

    @compiled(signature, key="repeated products")
    def repeat(member, team, sync, relax, repeats, a, b, out, scratch):
        size = a.itemsize
        c, own = pointer(out), advance(pointer(scratch), member * SCRATCH)
        for _ in range(repeats):
            matmul_task(
                member, team, a.shape[0], b.shape[1], a.shape[1], pointer(a), a.strides[0] // size,
                a.strides[1] // size, pointer(b), b.strides[0] // size, b.strides[1] // size,
                c, b.shape[1], null(c), 0, own,
            )  # fmt: skip
            meet(pointer(sync), team, relax)

    return repeat


def elementwise(bound: Bound, dtype: str):
    """kernel(x, y, n): y = f(x), the values of an activation without parameters."""
    value = formula.activation_value(bound, dtype)

    def make():
        f = value.build(formula_jit)

        def values(x, y, n):
            for k in range(n):
                store(y, k, f(load(x, k)))

        return values

    p = types.CPointer(REALS[dtype])
    return kernel(value.key, types.void(p, p, INT), make)
