"""The bodies of the activation kernels: the computation for one element or one row, without the loop.

A device compiles them with its own decorator ``jit``, and adds the loop or the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn.formula import Formula
from fastnn.kernels.pointers import advance, load, row, store, store_planes


class ActivationBodies(NamedTuple):
    """The bodies for an elementwise activation.

    value(z, k, parameters) sets z[k] = f(z[k]). both(z, d, e, k, plane, parameters) also sets d[k] = df/dz, and
    element k of each plane of e to the derivative with respect to a trainable parameter. ``plane``: distance of the
    planes in elements.
    """

    value: Any
    both: Any


def activation_bodies(unit: Formula, value: Formula, jit: Callable[[Callable], Any]) -> ActivationBodies:
    """Compile the bodies for an activation: ``unit`` computes value and derivatives, ``value`` only the value."""
    value_and_derivatives, value_only = unit.build(jit), value.build(jit)

    @jit
    def value_at(z, k, parameters):
        store(z, k, value_only(load(z, k), *parameters))

    @jit
    def both_at(z, d, e, k, plane, parameters):
        results = value_and_derivatives(load(z, k), *parameters)
        store(z, k, results[0])
        store(d, k, results[1])
        store_planes(e, k, plane, results[2:])

    return ActivationBodies(value_at, both_at)


def row_activation_body(value: Formula, jit: Callable[[Callable], Any]) -> Any:
    """Compile body(x, y, i, columns, parameters), which sets row i of y to f(row i of x)."""
    f = value.build(jit)

    @jit
    def row_at(x, y, i, columns, parameters):
        k = i * columns
        f(row(advance(x, k), columns), row(advance(y, k), columns), *parameters)

    return row_at


def row_backward_body(unit: Formula, jit: Callable[[Callable], Any]) -> Any:
    """Compile body(x, y, dy, dx, i, columns, parameters), which sets row i of dx to (dy/dx)^T . row i of dy."""
    backward = unit.build(jit)

    @jit
    def row_backward_at(x, y, dy, dx, i, columns, parameters):
        k = i * columns
        backward(
            row(advance(x, k), columns), row(advance(y, k), columns),
            row(advance(dy, k), columns), row(advance(dx, k), columns), *parameters,
        )  # fmt: skip

    return row_backward_at
