"""The choices of derived code: a comparison and a selection."""

from __future__ import annotations

from fastnn.formula.choosing import if_at_most, if_equal, if_less
from fastnn.kernels.mathematics.collection import CHOICES, Emitter
from fastnn.kernels.mathematics.real import Real, select


def less(x: Real, y: Real, a: Real, b: Real) -> Real:
    return select(x < y, a, b)


def at_most(x: Real, y: Real, a: Real, b: Real) -> Real:
    return select(x <= y, a, b)


def equal(x: Real, y: Real, a: Real, b: Real) -> Real:
    return select(x.equals(y), a, b)


CHOICES += [Emitter(if_less, less, False), Emitter(if_at_most, at_most, False), Emitter(if_equal, equal, False)]
