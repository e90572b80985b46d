"""Loops around the formulas of losses."""

from __future__ import annotations

from numba import njit, types

from fastnn import formula
from fastnn.cpu.compiled import INNER
from fastnn.cpu.kernel import REALS, formula_jit, kernel
from fastnn.kernels.loss import elementwise_loss_bodies, row_loss_bodies
from fastnn.kernels.pointers import address, advance, load, load_tuple, store
from fastnn.kernels.remembering import remembered
from fastnn.parts.kinds import Bound

INT = types.intp


@remembered
def loss_kernel(bound: Bound, dtype: str):
    """Return kernel(z, y, dz, work, losses, rows, columns, scale, constants).

    It sets losses[i] to the sum of row i of f(z, y), and dz to scale * df/dz. If dz is null, only the losses are
    computed. z, dz, work: (rows, columns). y: (rows, columns), or one class number per row.
    """
    unit, value = formula.loss_unit(bound, dtype), formula.loss_value(bound, dtype)
    make = _rowwise if bound.part.rowwise else _elementwise
    real = REALS[dtype]
    p = types.CPointer(real)
    signature = types.void(p, p, p, p, p, INT, INT, real, p)
    key = f"{unit.key} {value.key} {len(bound.numbers)} {bound.part.target == 'class'}"
    return kernel(key, signature, lambda: make(unit, value, bound), lambda: formula.verify(bound))


def _elementwise(unit, value, bound: Bound):
    constant = len(bound.numbers)
    value_at, both_at = elementwise_loss_bodies(unit, value, formula_jit)

    def elementwise_loss(z, y, dz, work, losses, rows, columns, scale, constants):
        parameters = load_tuple(constants, constant)
        if address(dz) == 0:
            for k in range(rows * columns):
                value_at(z, y, work, k, parameters)
        else:
            for k in range(rows * columns):
                both_at(z, y, dz, work, k, scale, parameters)
        row_sums(work, losses, rows, columns)

    return elementwise_loss


def _rowwise(unit, value, bound: Bound):
    constant = len(bound.numbers)
    value_at, both_at = row_loss_bodies(unit, value, bound.part.target == "class", formula_jit)

    def rowwise_loss(z, y, dz, work, losses, rows, columns, scale, constants):
        parameters = load_tuple(constants, constant)
        if address(dz) == 0:
            for i in range(rows):
                value_at(z, y, losses, i, columns, parameters)
        else:
            for i in range(rows):
                both_at(z, y, dz, losses, i, columns, parameters)
            for k in range(rows * columns):
                store(dz, k, load(dz, k) * scale)

    return rowwise_loss


@njit(**INNER)
def row_sums(work, losses, rows, columns):
    """Set losses[i] to the sum of row i of work, added in order."""
    if columns == 1:
        for i in range(rows):
            store(losses, i, load(work, i))
        return
    for i in range(rows):
        place = advance(work, i * columns)
        total = load(place, 0)
        for j in range(1, columns):
            total += load(place, j)
        store(losses, i, total)


@njit(**INNER)
def all_finite(losses, n):
    """Return 1 if all n losses are finite, else 0."""
    total = load(losses, 0) * 0
    for i in range(1, n):
        total += load(losses, i) * 0  # NaN if a loss is not finite
    return 1 if total == 0 else 0
