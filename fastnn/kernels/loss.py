"""The bodies of the kernels around losses: one element or one row, without the loop around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn.formula import Formula
from fastnn.kernels.pointers import advance, load, row, store


class LossBodies(NamedTuple):
    """Of an elementwise loss, for element k, or of a row-wise one, for row i.

    Elementwise: value(z, y, work, k, parameters) stores work[k] = f(z[k], y[k]);
    both(z, y, dz, work, k, scale, parameters) also stores dz[k] = scale * df/dz.
    Row-wise: value(z, y, losses, i, columns, parameters) stores losses[i] = f(row i of z, its target);
    both(z, y, dz, losses, i, columns, parameters) also stores row i of dz = df/dz, not scaled.
    """

    value: Any
    both: Any


def elementwise_loss_bodies(unit: Formula, value: Formula, jit: Callable[[Callable], Any]) -> LossBodies:
    """Compile the bodies around an elementwise loss."""
    formula, alone = unit.build(jit), value.build(jit)

    @jit
    def value_at(z, y, work, k, parameters):
        store(work, k, alone(load(z, k), load(y, k), *parameters))

    @jit
    def both_at(z, y, dz, work, k, scale, parameters):
        loss, gradient = formula(load(z, k), load(y, k), *parameters)
        store(work, k, loss)
        store(dz, k, gradient * scale)

    return LossBodies(value_at, both_at)


def row_loss_bodies(unit: Formula, value: Formula, classes: bool, jit: Callable[[Callable], Any]) -> LossBodies:
    """Compile the bodies around a row-wise loss. classes: the target of a row is one class number, not a row."""
    formula, alone = unit.build(jit), value.build(jit)

    if classes:

        @jit
        def target_of(y, i, columns):
            return int(load(y, i))

    else:

        @jit
        def target_of(y, i, columns):
            return row(advance(y, i * columns), columns)

    @jit
    def value_at(z, y, losses, i, columns, parameters):
        store(losses, i, alone(row(advance(z, i * columns), columns), target_of(y, i, columns), *parameters))

    @jit
    def both_at(z, y, dz, losses, i, columns, parameters):
        k = i * columns
        logits, gradient = row(advance(z, k), columns), row(advance(dz, k), columns)
        store(losses, i, formula(logits, target_of(y, i, columns), gradient, *parameters))

    return LossBodies(value_at, both_at)
