"""pow(x, y).

In float32, exp(y·log(x)). The logarithm and the product are double-word numbers, unevaluated sums high + low (Dekker,
Numerische Mathematik 18, 1971), because the result amplifies an error of the exponent up to a hundred times.
log(1 + f) = f - f²/2 + f³/3 - f⁴/4 + f⁵·R(f), where only the last term is a single number. R is a minimax fit (Remez
exchange, relative error 3e-10). In float64, the C library's pow, one call per number.
"""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.exponential import LOG2_32, reduced
from fastnn.kernels.mathematics.logarithm import split_any, to_real
from fastnn.kernels.mathematics.real import Real, exact_fma, fma, polynomial, power_of_two, select

R = (
    -0.0596941102, 0.104132679, -0.106860116, 0.110642379, -0.124506151, 0.142847401, -0.166677532, 0.200000433
)  # fmt: skip
THIRD, THIRD_LOW = 0.3333333432674408, -9.93410746e-09


def exact_product(a: Real, b: Real) -> tuple[Real, Real]:
    """Return a·b as high + low."""
    high = a * b
    return high, exact_fma(a, b, -high)


def exact_sum(a: Real, b: Real) -> tuple[Real, Real]:
    """Return a + b as high + low (Knuth)."""
    high = a + b
    part = high - a
    return high, (a - (high - part)) + (b - part)


def log(x: Real) -> tuple[Real, Real]:
    """Return log(x) as high + low for x > 0, with a relative error of 1e-9."""
    k, z = split_any(x)
    f, n = z - 1.0, to_real(k, x)
    square, square_low = exact_product(f, f)
    cube, cube_low = exact_product(square, f)
    cube_low = fma(square_low, f, cube_low)
    third, third_low = exact_product(cube, x.constant(THIRD))
    third_low = fma(cube_low, THIRD, fma(cube, THIRD_LOW, third_low))
    high, low_1 = exact_sum(n * LOG2_32[0], f)
    high, low_2 = exact_sum(high, square * -0.5)
    high, low_3 = exact_sum(high, third)
    fourth, fourth_low = exact_product(square, square)
    high, low_4 = exact_sum(high, fourth * -0.25)
    low = fma(fourth * f, polynomial(f, R), fma(n, LOG2_32[1], third_low))
    low_1, low_4 = fma(square_low, fma(square, -0.5, -0.5), low_1), fma(fourth_low, -0.25, low_4)
    low = low + ((low_1 + low_2) + (low_3 + low_4))
    total = high + low
    return total, low - (total - high)


def power(x: Real, y: Real) -> Real:
    """Return x**y for x > 0."""
    high, low = log(x)
    high = select(x < math.inf, high, x)
    high = select(x.equals(0.0), -math.inf, high)
    exponent, exponent_low = exact_product(high, y)
    exponent_low = fma(low, y, exponent_low)
    inside = abs(exponent) < 200.0
    exponent_low = select(inside, exponent_low, 0.0)
    n, minus_one = reduced(exponent.at_most(89.0).at_least(-104.0))
    value = minus_one + 1.0
    value = fma(value, exponent_low, value)
    half = n >> 1
    return value * power_of_two(half, x) * power_of_two(n - half, x)


@emits(mathematics.pow)
def pow(x: Real, y: Real) -> Real:
    """Emit x**y, with the results of C99 for zeros, infinities, NaN and negative x."""
    if not x.single:
        return x.call("pow", y)
    magnitude = abs(x)
    result = power(magnitude, y)
    integer = y.call("floor").equals(y)
    half = y * 0.5
    odd = integer & ~half.call("floor").equals(half)
    result = select(odd, result.copysign(x), result)
    result = select((x < 0.0) & (magnitude < math.inf) & ~integer & ~y.isnan(), math.nan, result)
    one = x.equals(1.0) | y.equals(0.0) | (magnitude.equals(1.0) & abs(y).equals(math.inf))
    return select(one, 1.0, result)
