"""x to the power y.

float32: exp(y·log(x)), the logarithm and the product as unevaluated sums high + low of two numbers (Dekker,
Numerische Mathematik 18, 1971), because an error of the exponent counts up to a hundred times in the result.
log(1 + f) = f - f²/2 + f³/3 - f⁴/4 + f⁵·R(f), the last term alone in one number; R is our own minimax fit (Remez
exchange, relative error 3e-10). float64: the C library's pow, a call for each number.
"""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.exponential import LOG2_32, reduced
from fastnn.kernels.mathematics.logarithm import as_number, split_any
from fastnn.kernels.mathematics.real import Real, exact_fma, fma, polynomial, power_of_two, select

R = (
    -0.0596941102, 0.104132679, -0.106860116, 0.110642379, -0.124506151, 0.142847401, -0.166677532, 0.200000433
)  # fmt: skip
THIRD, THIRD_REST = 0.3333333432674408, -9.93410746e-09


def exact_product(a: Real, b: Real) -> tuple[Real, Real]:
    """a·b as high + low."""
    high = a * b
    return high, exact_fma(a, b, -high)


def exact_sum(a: Real, b: Real) -> tuple[Real, Real]:
    """a + b as high + low (Knuth)."""
    high = a + b
    part = high - a
    return high, (a - (high - part)) + (b - part)


def log(x: Real) -> tuple[Real, Real]:
    """log(x) as high + low for x > 0, to 1e-9 of itself."""
    k, z = split_any(x)
    f, n = z - 1.0, as_number(k, x)
    square, square_rest = exact_product(f, f)
    cube, cube_rest = exact_product(square, f)
    cube_rest = fma(square_rest, f, cube_rest)
    third, third_rest = exact_product(cube, x.constant(THIRD))
    third_rest = fma(cube_rest, THIRD, fma(cube, THIRD_REST, third_rest))
    high, rest_1 = exact_sum(n * LOG2_32[0], f)
    high, rest_2 = exact_sum(high, square * -0.5)
    high, rest_3 = exact_sum(high, third)
    fourth, fourth_rest = exact_product(square, square)
    high, rest_4 = exact_sum(high, fourth * -0.25)
    low = fma(fourth * f, polynomial(f, R), fma(n, LOG2_32[1], third_rest))
    rest_1, rest_4 = fma(square_rest, fma(square, -0.5, -0.5), rest_1), fma(fourth_rest, -0.25, rest_4)
    low = low + ((rest_1 + rest_2) + (rest_3 + rest_4))
    total = high + low
    return total, low - (total - high)


def power(x: Real, y: Real) -> Real:
    """x**y for x > 0."""
    high, low = log(x)
    high = select(x < math.inf, high, x)
    high = select(x.equals(0.0), -math.inf, high)
    exponent, rest = exact_product(high, y)
    rest = fma(low, y, rest)
    inside = abs(exponent) < 200.0
    rest = select(inside, rest, 0.0)
    n, minus_one = reduced(exponent.at_most(89.0).at_least(-104.0))
    value = minus_one + 1.0
    value = fma(value, rest, value)
    half = n >> 1
    return value * power_of_two(half, x) * power_of_two(n - half, x)


@emits(mathematics.pow)
def pow(x: Real, y: Real) -> Real:
    """As C99 has it for zeros, infinities, NaN and negative x."""
    if not x.single:
        return x.call("pow", y)
    size = abs(x)
    result = power(size, y)
    whole = y.call("floor").equals(y)
    half = y * 0.5
    odd = whole & ~half.call("floor").equals(half)
    result = select(odd, result.copysign(x), result)
    result = select((x < 0.0) & (size < math.inf) & ~whole & ~y.isnan(), math.nan, result)
    one = x.equals(1.0) | y.equals(0.0) | (size.equals(1.0) & abs(y).equals(math.inf))
    return select(one, 1.0, result)
