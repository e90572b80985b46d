"""The hyperbolic tangent."""

from __future__ import annotations

from fastnn import mathematics
from fastnn.cpu.mathematics.exponential import power_of_two, reduced
from fastnn.cpu.mathematics.lowering import lowers
from fastnn.cpu.mathematics.real import Real, fma, polynomial, select

# tanh(x) = x·P(x²)/Q(x²) for abs(x) up to 9.02; our own minimax fit (Lawson's method), relative error 2.1e-8
P = (1.331903933e-8, 2.058345674e-5, 3.494033017e-3, 1.337971662e-1, 1.0)
Q = (7.762005819e-7, 3.283090355e-4, 2.587106727e-2, 4.671303186e-1, 1.0)


@lowers(mathematics.tanh)
def tanh(x: Real) -> Real:
    """Between -1 and 1, which it reaches at 9.02 (19.1 in float64)."""
    return _rational(x) if x.single else _from_expm1(x)


def _rational(x: Real) -> Real:
    size = abs(x).at_most(9.02)
    t = size * size
    y = size * polynomial(t, P) / polynomial(t, Q)
    return select(size < 9.01, y.at_most(1.0), y * 0.0 + 1.0).copysign(x)


def _from_expm1(x: Real) -> Real:
    """e / (e + 2) with e = exp(2 abs(x)) - 1."""
    size = abs(x).at_most(20.0)
    n, _, minus_one = reduced(size + size)
    scale = power_of_two(n, x)
    e = fma(scale, minus_one, scale - 1.0)
    return (e / (e + 2.0)).copysign(x)
