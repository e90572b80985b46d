"""The bodies of the kernels around activations: one element or one row, without the loop around it.

A device compiles them with its own decorator ``jit`` and writes the loop, or the grid, around them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn.formula import Formula
from fastnn.kernels.pointers import advance, load, row, store, store_planes


class ActivationBodies(NamedTuple):
    """Of an elementwise activation.

    value(z, k, parameters): z[k] = f(z[k]).
    both(z, d, e, k, plane, parameters): also d[k] = df/dz; and in each plane of e, ``plane`` elements apart, the
    derivative by a trainable parameter.
    """

    value: Any
    both: Any


def activation_bodies(unit: Formula, value: Formula, jit: Callable[[Callable], Any]) -> ActivationBodies:
    """Compile the bodies around an activation: ``unit`` computes value and derivatives, ``value`` the value alone."""
    formula, alone = unit.build(jit), value.build(jit)

    @jit
    def value_at(z, k, parameters):
        store(z, k, alone(load(z, k), *parameters))

    @jit
    def both_at(z, d, e, k, plane, parameters):
        results = formula(load(z, k), *parameters)
        store(z, k, results[0])
        store(d, k, results[1])
        store_planes(e, k, plane, results[2:])

    return ActivationBodies(value_at, both_at)


def row_activation_body(value: Formula, jit: Callable[[Callable], Any]) -> Any:
    """Compile body(x, y, i, columns, parameters): row i of y = f(row i of x)."""
    alone = value.build(jit)

    @jit
    def row_at(x, y, i, columns, parameters):
        k = i * columns
        alone(row(advance(x, k), columns), row(advance(y, k), columns), *parameters)

    return row_at


def row_backward_body(unit: Formula, jit: Callable[[Callable], Any]) -> Any:
    """Compile body(x, y, dy, dx, i, columns, parameters): row i of dx = (dy/dx)^T . row i of dy."""
    backward = unit.build(jit)

    @jit
    def row_backward_at(x, y, dy, dx, i, columns, parameters):
        k = i * columns
        backward(
            row(advance(x, k), columns), row(advance(y, k), columns),
            row(advance(dy, k), columns), row(advance(dx, k), columns), *parameters,
        )  # fmt: skip

    return row_backward_at
