"""log, log1p and softplus.

x = 2^k·(1 + f) with 1 + f between √½ and √2, so log(x) = k·log 2 + log(1 + f), with log 2 in two parts.
In float32, log(1 + f) = f + f²·Q(f), a minimax fit (Remez exchange, relative error 5e-9). In float64, as in Sun's
fdlibm (1993), log(1 + f) = f - f²/2 + s·(f²/2 + R(s²)) with s = f/(2 + f).
"""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.exponential import LOG2_32, LOG2_64, reduced
from fastnn.kernels.mathematics.real import Integer, Real, fma, polynomial, power_of_two, select

Q_32 = (
    -0.0763590708, 0.12928234, -0.13244392, 0.14176704, -0.166084543, 0.200022832, -0.250016212, 0.333333224,
    -0.499999881,
)  # fmt: skip
R_64 = (
    1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
    2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01,
)  # fmt: skip
# log(1 + e) = e·P(e) for e from 0 to 1; minimax fit, relative error 3e-8
P_32 = (
    0.00536545413, -0.030068377, 0.0792088881, -0.13754189, 0.191538483, -0.248572171, 0.3332133, -0.499996483, 1.0
)  # fmt: skip


def split(x: Real) -> tuple[Integer, Real]:
    """Return k and z with x = 2^k·z and √½ <= z < √2, for positive normal x."""
    lowest = x.constant(math.sqrt(0.5)).bits()
    above = x.bits() - lowest
    fraction = above & ((1 << x.fraction) - 1)
    return above >> x.fraction, (fraction + lowest).as_real()


def split_any(x: Real) -> tuple[Integer, Real]:
    """Return split(x) for all positive x, including denormal ones."""
    shift = x.fraction + 1
    denormal = x < 2.0 ** (1 - x.bias)
    k, z = split(select(denormal, x * 2.0**shift, x))
    return select(denormal, k - shift, k), z


def to_real(k: Integer, like: Real) -> Real:
    """Return a small integer as a float, by adding it to the bits of a large number, which works on every processor."""
    magic = like.constant(1.5 * 2.0**like.fraction)
    return (magic.bits() + k).as_real() - magic


def log_of_parts(k: Real, f: Real) -> Real:
    """Return k log 2 + log(1 + f)."""
    high, low = LOG2_32 if f.single else LOG2_64
    if f.single:
        return fma(k, high, f + fma(f * f, polynomial(f, Q_32), k * low))
    half = 0.5 * f * f
    s = f / (2.0 + f)
    t = s * s
    rest = fma(s, fma(t, polynomial(t, R_64), half), k * low)
    return fma(k, high, f - (half - rest))


def with_special_values(x: Real, result: Real, pole: float) -> Real:
    """Return the result, but -inf at the pole, NaN below it, and x itself if it is inf or NaN."""
    result = select(x < math.inf, result, x)
    at_or_below = select(x.equals(pole), -math.inf, x.constant(math.nan))
    return select(x <= pole, at_or_below, result)


@emits(mathematics.log)
def log(x: Real) -> Real:
    """Emit the natural logarithm, for denormal numbers too."""
    k, z = split_any(x)
    return with_special_values(x, log_of_parts(to_real(k, x), z - 1.0), 0.0)


@emits(mathematics.log1p)
def log1p(x: Real) -> Real:
    """Emit log(1 + x). k comes from the rounded sum, f = 2^-k·x + (2^-k - 1) from x itself with one rounding."""
    k, z = split(1.0 + x)
    scale = power_of_two(-k, x)
    small = x < 2.0 ** (x.fraction + 2)  # otherwise 1 + x = x, and 2^-k may not be representable
    f = select(small, fma(x, scale, scale - 1.0), z - 1.0)
    return with_special_values(x, log_of_parts(to_real(k, x), f).copysign(x), -1.0)


@emits(mathematics.softplus)
def softplus(x: Real) -> Real:
    """Emit log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-abs(x))."""
    n, minus_one = reduced((-abs(x)).at_least(-104.0 if x.single else -746.0))
    scale = power_of_two(n + 64, x)  # 2**n may be denormal
    e = fma(scale, minus_one, scale) * 2.0**-64
    if x.single:
        return fma(e, polynomial(e, P_32), x.at_least(0.0))
    above = e > math.sqrt(2.0) - 1.0  # 1 + e = 2 (1 + f)
    f = select(above, 0.5 * e - 0.5, e)
    k = select(above, 1.0, x.constant(0.0))
    return log_of_parts(k, f) + x.at_least(0.0)
