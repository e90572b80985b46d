"""Loops around the formulas of activations, and elementwise loops without a formula.

All arrays are flat, with n elements: rows do not split a loop into short pieces, so it vectorises for any shape.
"""

from __future__ import annotations

from numba import njit, types

from fastnn import formula
from fastnn.cpu.compiled import INNER
from fastnn.cpu.kernel import REALS, formula_jit, kernel
from fastnn.kernels.elementwise import activation_bodies, row_activation_body, row_backward_body
from fastnn.kernels.pointers import address, load, load_tuple, store
from fastnn.kernels.remembering import remembered
from fastnn.parts.kinds import Bound

INT = types.intp


@remembered
def activation_kernel(bound: Bound, dtype: str):
    """Return kernel(z, d, e, n, plane, trainables, constants): z = f(z), d = df/dz, e = df/dtrainable.

    z is updated in place. If d is null, only z is computed. e has one plane of derivatives per trainable parameter;
    ``plane`` is the distance of the planes in elements.
    """
    unit, value = formula.activation_unit(bound, dtype), formula.activation_value(bound, dtype)
    trainable = len(bound.part.trainable)
    constant = len(bound.numbers) - trainable

    def make():
        value_at, both_at = activation_bodies(unit, value, formula_jit)

        def activation(z, d, e, n, plane, trainables, constants):
            parameters = load_tuple(trainables, trainable) + load_tuple(constants, constant)
            if address(d) == 0:
                for k in range(n):
                    value_at(z, k, parameters)
            else:
                for k in range(n):
                    both_at(z, d, e, k, plane, parameters)

        return activation

    p = types.CPointer(REALS[dtype])
    key = f"{unit.key} {value.key} {trainable} {constant}"
    return kernel(key, types.void(p, p, p, INT, INT, p, p), make, lambda: formula.verify(bound))


@remembered
def row_activation_kernel(bound: Bound, dtype: str):
    """Return kernel(x, y, rows, columns, constants), which sets every row of y to f(row of x)."""
    value = formula.activation_value(bound, dtype)
    constant = len(bound.numbers)

    def make():
        row_at = row_activation_body(value, formula_jit)

        def row_activation(x, y, rows, columns, constants):
            parameters = load_tuple(constants, constant)
            for i in range(rows):
                row_at(x, y, i, columns, parameters)

        return row_activation

    p = types.CPointer(REALS[dtype])
    return kernel(f"{value.key} {constant}", types.void(p, p, INT, INT, p), make)


@remembered
def row_backward_kernel(bound: Bound, dtype: str):
    """Return kernel(x, y, dy, dx, rows, columns, constants), which sets every row of dx to (dy/dx)^T . row of dy."""
    unit = formula.activation_unit(bound, dtype)
    constant = len(bound.numbers)

    def make():
        row_backward_at = row_backward_body(unit, formula_jit)

        def row_backward(x, y, dy, dx, rows, columns, constants):
            parameters = load_tuple(constants, constant)
            for i in range(rows):
                row_backward_at(x, y, dy, dx, i, columns, parameters)

        return row_backward

    p = types.CPointer(REALS[dtype])
    return kernel(f"{unit.key} {constant}", types.void(p, p, p, p, INT, INT, p), make, lambda: formula.verify(bound))


@njit(**INNER)
def copy(source, target, n):
    """Set target[:n] = source[:n]."""
    for k in range(n):
        store(target, k, load(source, k))


@njit(**INNER)
def scale(z, d, n):
    """Set z[:n] *= d[:n]."""
    for k in range(n):
        store(z, k, load(z, k) * load(d, k))


@njit(**INNER)
def dot(a, b, n):
    """Return sum(a[:n] * b[:n]), added in order."""
    total = load(a, 0) * load(b, 0)
    for k in range(1, n):
        total += load(a, k) * load(b, k)
    return total
