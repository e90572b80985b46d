"""The bodies of the loss kernels: the computation for one element or one row, without the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn.formula import Formula
from fastnn.kernels.pointers import advance, load, row, store


class LossBodies(NamedTuple):
    """The bodies for a loss.

    Elementwise: value(z, y, work, k, parameters) sets work[k] = f(z[k], y[k]).
    both(z, y, dz, work, k, scale, parameters) also sets dz[k] = scale * df/dz.

    Row-wise: value(z, y, losses, i, columns, parameters) sets losses[i] = f(row i of z, target i).
    both(z, y, dz, losses, i, columns, parameters) also sets row i of dz to df/dz, without the scale.
    """

    value: Any
    both: Any


def elementwise_loss_bodies(unit: Formula, value: Formula, jit: Callable[[Callable], Any]) -> LossBodies:
    """Compile the bodies for an elementwise loss: ``unit`` computes value and gradient, ``value`` only the value."""
    value_and_gradient, value_only = unit.build(jit), value.build(jit)

    @jit
    def value_at(z, y, work, k, parameters):
        store(work, k, value_only(load(z, k), load(y, k), *parameters))

    @jit
    def both_at(z, y, dz, work, k, scale, parameters):
        loss, gradient = value_and_gradient(load(z, k), load(y, k), *parameters)
        store(work, k, loss)
        store(dz, k, gradient * scale)

    return LossBodies(value_at, both_at)


def row_loss_bodies(unit: Formula, value: Formula, classes: bool, jit: Callable[[Callable], Any]) -> LossBodies:
    """Compile the bodies for a row-wise loss. classes: the target of a row is a class number, not a row."""
    value_and_gradient, value_only = unit.build(jit), value.build(jit)

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
        store(losses, i, value_only(row(advance(z, i * columns), columns), target_of(y, i, columns), *parameters))

    @jit
    def both_at(z, y, dz, losses, i, columns, parameters):
        k = i * columns
        logits, gradient = row(advance(z, k), columns), row(advance(dz, k), columns)
        store(losses, i, value_and_gradient(logits, target_of(y, i, columns), gradient, *parameters))

    return LossBodies(value_at, both_at)
