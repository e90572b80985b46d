"""Mathematical functions for formulas: plain Python functions of floats, based on :mod:`math`.

Called from Python they return a float, and follow IEEE 754 where :mod:`math` raises. In a compiled formula they are
replaced by the device's own versions; ``math.exp`` and ``numpy.exp`` are replaced by the same ones. For absolute
values, maxima and minima use the built-in functions ``abs``, ``max`` and ``min``.

The errors stated below are those of the versions for the CPU, in units in the last place (ulp). They are tested on
samples of all arguments.

Examples
--------
>>> from fastnn import mathematics
>>> mathematics.exp(1000.0), mathematics.log(0.0), mathematics.sqrt(-1.0)
(inf, -inf, nan)
>>> mathematics.softplus(0.0)
0.6931471805599453
"""

from __future__ import annotations

import math

__all__ = [
    "copysign", "cos", "erf", "exp", "expm1", "floor", "isfinite", "isnan", "log", "log1p", "normal_cdf", "pow",
    "sigmoid", "sin", "softplus", "sqrt", "tanh",
]  # fmt: skip


def exp(x: float) -> float:
    """Return e**x. Error: at most 1.5 ulp in float32, 1.5 ulp in float64."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    """Return exp(x) - 1, accurate near 0. Error: at most 2.0 ulp in float32, 2.5 ulp in float64."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    """Return the natural logarithm of x. Error: at most 1.5 ulp in float32, 1.5 ulp in float64."""
    if x > 0.0 or x != x:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def log1p(x: float) -> float:
    """Return log(1 + x), accurate near 0. Error: at most 2.0 ulp in float32, 2.0 ulp in float64."""
    if x > -1.0 or x != x:
        return math.log1p(x)
    return -math.inf if x == -1.0 else math.nan


def sqrt(x: float) -> float:
    """Return the square root of x, NaN for x < 0. Error: at most 0.51 ulp in float32, 0.51 ulp in float64."""
    return math.sqrt(x) if x >= 0.0 else math.nan


def pow(x: float, y: float) -> float:
    """Return x**y. Error: at most 3.0 ulp in float32, 1.0 ulp in float64."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and y % 2.0 == 1.0 else math.inf
    except ValueError:
        if x == 0.0:
            return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf
        return math.nan


def tanh(x: float) -> float:
    """Return the hyperbolic tangent of x. Error: at most 3.0 ulp in float32, 3.0 ulp in float64."""
    return math.tanh(x)


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow. Error: at most 3.5 ulp in float32, 3.0 ulp in float64.

    A denormal result is returned as 0.
    """
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if not x < 0.0 else e / (1.0 + e)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) without overflow. Error: at most 3.0 ulp in float32, 3.0 ulp in float64."""
    return (0.0 if x < 0.0 else x) + math.log1p(math.exp(-abs(x)))


def erf(x: float) -> float:
    """Return the error function of x. Error: at most 2.0 ulp in float32, 4.0 ulp in float64."""
    return math.erf(x)


def normal_cdf(x: float) -> float:
    """Return the CDF of the standard normal distribution, (1 + erf(x / sqrt 2)) / 2.

    Error: at most c eps for x >= -1 and c eps / -x for x < -1, with c = 1.5 in float32 and c = 4 in float64. For
    x < -12 the result is 0.
    """
    return 0.5 * math.erfc(-math.sqrt(0.5) * x)


def sin(x: float) -> float:
    """Return the sine of x, NaN for infinite x. Error: at most 3.0 ulp in float32, 3.0 ulp in float64.

    In float64 the version for the CPU returns NaN for |x| > 4.4e14.
    """
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float) -> float:
    """Return the cosine of x, NaN for infinite x. Error: at most 3.0 ulp in float32, 3.0 ulp in float64.

    In float64 the version for the CPU returns NaN for |x| > 4.4e14.
    """
    return math.cos(x) if math.isfinite(x) else math.nan


def floor(x: float) -> float:
    """Return the largest integer <= x, as a float. Error: at most 0.0 ulp in float32, 0.0 ulp in float64."""
    return float(math.floor(x)) if math.isfinite(x) and x != 0.0 else x


def copysign(x: float, y: float) -> float:
    """Return x with the sign of y."""
    return math.copysign(x, y)


def isnan(x: float) -> bool:
    """Return True if x is NaN."""
    return math.isnan(x)


def isfinite(x: float) -> bool:
    """Return True if x is neither infinite nor NaN."""
    return math.isfinite(x)
