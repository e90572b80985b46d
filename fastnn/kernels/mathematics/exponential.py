"""exp, expm1 and sigmoid.

x = n·log 2 + r with an integer n and abs(r) <= log(2)/2, so exp(x) = 2^n·exp(r). r is computed as by Cody and Waite
(Software Manual for the Elementary Functions, 1980), 2^n from its bits, and exp(r) = 1 + r + r²·P(r) from a polynomial.
The parts of log 2 are those of Moshier's Cephes (1989) and Sun's fdlibm (1993). P is a minimax fit for the relative
error of exp(r) - 1 (Remez exchange): 1.4e-8 in float32, 1.9e-17 in float64.
"""

from __future__ import annotations

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.real import Integer, Real, fma, nearest, polynomial, power_of_two, select

LOG2E = 1.4426950408889634
# the product of the first part and any n is exact
LOG2_32 = (0.693359375, -2.12194440e-4)
LOG2_64 = (6.93147180369123816490e-01, 1.90821492927058770002e-10)

P_32 = (1.39462342e-3, 8.3670523e-3, 4.16663922e-2, 0.16666539, 0.5)
P_64 = (
    2.5114699662626986e-08, 2.7626590059074812e-07, 2.755722729108911e-06, 2.4801503811784577e-05,
    0.00019841269903702133, 0.0013888888932879454, 0.0083333333333143206, 0.041666666666572191,
    0.16666666666666685, 0.50000000000000056,
)  # fmt: skip

# 2 exp(r) as one polynomial
E_32, E_64 = (tuple(2.0 * c for c in (*P, 1.0, 1.0)) for P in (P_32, P_64))
# 2 exp(-r); in float32 a minimax fit with a lower degree (Lawson's iteration in float64, relative error 9e-8)
S_32 = (-0.0165790282, 0.0837963968, -0.333353012, 0.999982954, -1.9999994, 2.0)
S_64 = tuple((-1) ** (len(E_64) - 1 - k) * c for k, c in enumerate(E_64))


def scale(x: Real, factor: float = 1.0, offset: int = 0) -> tuple[Real, Real]:
    """Return the integer n nearest to x * factor, and 2**(n + offset): inf or 0 just outside the normal exponents.

    This is nearest() with the exponent bias added: the lowest bits are the stored exponent, and the shift drops all
    other bits.
    """
    magic = 1.5 * 2.0**x.fraction + (x.bias + offset)
    shifted = x + magic if factor == 1.0 else fma(x, factor, magic)
    return shifted - magic, (shifted.bits() << x.fraction).as_real()


def remainder(x: Real, n: Real, sign: float = 1.0) -> Real:
    """Return x - n log 2, or x + n log 2 for sign = -1."""
    high, low = LOG2_32 if x.single else LOG2_64
    return fma(n, -sign * low, fma(n, -sign * high, x))


def reduced(x: Real) -> tuple[Integer, Real]:
    """Return n and exp(r) - 1, where x = n log 2 + r."""
    real_n, n = nearest(x * LOG2E)
    r = remainder(x, real_n)
    return n, fma(r * r, polynomial(r, P_32 if x.single else P_64), r)


@emits(mathematics.exp)
def exp(x: Real) -> Real:
    """Emit exp(x): inf on overflow, denormal numbers and then 0 on underflow."""
    # beyond these limits the result is constant; within them n is a valid exponent
    x = x.at_most(89.0 if x.single else 710.0).at_least(-104.0 if x.single else -746.0)
    n, half = scale(x, LOG2E, -1)  # 2**n overflows earlier than the result
    small = x < (-86.0 if x.single else -707.0)  # here 2**(n - 1) may be denormal
    half = select(small, half.bits() + (64 << x.fraction), half.bits()).as_real()
    result = polynomial(remainder(x, n), E_32 if x.single else E_64) * half
    return select(small, result * 2.0**-64, result)


@emits(mathematics.expm1)
def expm1(x: Real) -> Real:
    """Emit exp(x) - 1 = 2^n (exp(r) - 1) + (2^n - 1). The result is -1 for x < -18 (-40 in float64)."""
    limited = x.at_most(89.0 if x.single else 710.0).at_least(-18.0 if x.single else -40.0)
    n, minus_one = reduced(limited)
    half = power_of_two(n - 1, x)  # 2**n overflows earlier than the result
    result = fma(half, minus_one, half - 0.5)
    return (result + result).copysign(x)


@emits(mathematics.sigmoid)
def sigmoid(x: Real) -> Real:
    """Emit 1 / (1 + exp(-x)). The result is 0 where exp(-x) overflows and it would be denormal."""
    x = x.at_least(-89.0 if x.single else -710.0).at_most(87.0 if x.single else 708.0)
    n, half = scale(x, -LOG2E, -1)
    r = remainder(x, n, -1.0)  # -x = n log 2 - r
    return 1.0 / fma(polynomial(r, S_32 if x.single else S_64), half, 1.0)
