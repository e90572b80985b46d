"""The CDF of the standard normal distribution.

In float32, P(-a) = 2^L(a) for a >= 0, with a polynomial L, and P(a) = 1 - P(-a): one range, without cancellation. In
float64, P(x) = (1 + erf(x / sqrt 2)) / 2.
"""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.erf import erf
from fastnn.kernels.mathematics.real import Real, fma, nearest, polynomial, select

# minimax fit (Lawson's iteration in float64) for the absolute error of P(-a) times max(1, a), 1.5e-8
L = (
    -2.33936294e-06, 3.37940437e-05, -0.00016158096, -0.000190949722, 0.00712578185, -0.0525327772, -0.459198594,
    -1.151106, -1.0,
)  # fmt: skip
MAX_ARGUMENT = 10.2  # L(MAX_ARGUMENT) < -127
# 2^f for abs(f) <= 1/2; fitted in the same way for its relative error, 9e-8
POWER = (0.00132696982, 0.00967139192, 0.0555071086, 0.240222454, 0.693147004, 1.0)


def even_odd(x: Real, coefficients: tuple[float, ...]) -> Real:
    """Return polynomial() as E(x^2) + x O(x^2): one more operation, but two independent chains."""
    square = x * x
    even, odd = (polynomial(square, coefficients[last::-2][::-1]) for last in (-1, -2))
    return fma(odd, x, even)


@emits(mathematics.normal_cdf)
def normal_cdf(x: Real) -> Real:
    """Emit the CDF. Results below 1/2 have an absolute error in float32: 1e-7, and below 6e-8 / -x further out.

    For x < -10.2 the float32 result is 0.
    """
    if not x.single:
        return fma(erf(x * math.sqrt(0.5)), 0.5, 0.5)
    exponent = even_odd(abs(x).at_most(MAX_ARGUMENT), L).at_least(-127.0)
    real_n, n = nearest(exponent)
    power = polynomial(exponent - real_n, POWER)
    tail = (power.bits() + (n << x.fraction)).as_real()  # power * 2^n; 1 * 2^-127 becomes 0
    return select(x > 0.0, 1.0 - tail, tail)
