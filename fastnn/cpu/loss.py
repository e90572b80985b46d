"""The loops around the formulas of losses."""

from __future__ import annotations

from numba import njit, types

from fastnn import formula
from fastnn.cpu.compiled import INNER
from fastnn.cpu.kernel import REALS, formula_jit, kernel, remembered
from fastnn.cpu.pointers import address, advance, load, load_tuple, row, store
from fastnn.parts.kinds import Bound

INT = types.intp


@remembered
def loss_kernel(bound: Bound, dtype: str):
    """kernel(z, y, dz, work, losses, rows, columns, scale, constants).

    losses[i]: the sum of row i of f(z, y); dz = scale * df/dz. dz null: losses alone. z, dz, work: rows x
    columns; y: rows x columns, but one number a row where targets are classes.
    """
    unit, value = formula.loss_unit(bound, dtype), formula.loss_value(bound, dtype)
    make = _rowwise if bound.part.rowwise else _elementwise
    real = REALS[dtype]
    p = types.CPointer(real)
    signature = types.void(p, p, p, p, p, INT, INT, real, p)
    return kernel(unit.key + value.key, signature, lambda: make(unit, value, bound))


def _elementwise(unit, value, bound: Bound):
    constant = len(bound.numbers)
    both, alone = unit.build(formula_jit), value.build(formula_jit)

    def elementwise_loss(z, y, dz, work, losses, rows, columns, scale, constants):
        parameters = load_tuple(constants, constant)
        if address(dz) == 0:
            for k in range(rows * columns):
                store(work, k, alone(load(z, k), load(y, k), *parameters))
        else:
            for k in range(rows * columns):
                loss, gradient = both(load(z, k), load(y, k), *parameters)
                store(work, k, loss)
                store(dz, k, gradient * scale)
        row_sums(work, losses, rows, columns)

    return elementwise_loss


def _rowwise(unit, value, bound: Bound):
    constant = len(bound.numbers)
    both, alone = unit.build(formula_jit), value.build(formula_jit)
    classes = bound.part.target == "class"

    if classes:

        @njit(**INNER)
        def target_of(y, i, columns):
            return int(load(y, i))

    else:

        @njit(**INNER)
        def target_of(y, i, columns):
            return row(advance(y, i * columns), columns)

    def rowwise_loss(z, y, dz, work, losses, rows, columns, scale, constants):
        parameters = load_tuple(constants, constant)
        for i in range(rows):
            k = i * columns
            logits, target = row(advance(z, k), columns), target_of(y, i, columns)
            if address(dz) == 0:
                store(losses, i, alone(logits, target, *parameters))
            else:
                store(losses, i, both(logits, target, row(advance(dz, k), columns), *parameters))
        if address(dz) != 0:
            for k in range(rows * columns):
                store(dz, k, load(dz, k) * scale)

    return rowwise_loss


@njit(**INNER)
def row_sums(work, losses, rows, columns):
    """losses[i] = the sum of row i, added in order."""
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
    """1 if none of n numbers is NaN or infinite, else 0."""
    total = load(losses, 0) * 0
    for i in range(1, n):
        total += load(losses, i) * 0  # NaN as soon as one is not finite
    return 1 if total == 0 else 0
