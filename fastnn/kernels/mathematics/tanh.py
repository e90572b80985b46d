"""The hyperbolic tangent."""

from __future__ import annotations

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.exponential import reduced
from fastnn.kernels.mathematics.real import Real, fma, power_of_two


@emits(mathematics.tanh)
def tanh(x: Real) -> Real:
    """Emit e / (e + 2) with e = exp(2 abs(x)) - 1. The result is exactly 1 for x >= 9.02 (19.1 in float64)."""
    magnitude = abs(x).at_most(10.0 if x.single else 20.0)
    n, minus_one = reduced(magnitude + magnitude)
    scale = power_of_two(n, x)
    e = fma(scale, minus_one, scale - 1.0)
    return (e / (e + 2.0)).copysign(x)
