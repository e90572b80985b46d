"""The functions that formulas are made of: plain Python on :mod:`math`, for one number at a time.

Called from Python they return a float and follow IEEE 754 where :mod:`math` raises (exp(1000) is inf, log(0)
is -inf, log(-1) is nan). When a formula is compiled, each device puts its own version in their place; a formula
that calls ``math.exp`` or ``numpy.exp`` gets the same version. For absolute values, the larger and the smaller
of two numbers, use the built-in ``abs``, ``max`` and ``min``.

Compiled for the CPU they are off by at most so many units in the last place, tested on samples of all arguments
(sin and cos in float64 up to 4.4e14):

    function  float32  float64
    exp         1.5      1.5
    expm1       2.0      2.5
    log         1.5      1.5
    log1p       2.0      2.0
    sqrt        0.51     0.51
    tanh        3.0      3.0
    sigmoid     3.5      3.0
    softplus    3.0      3.0
    erf         2.0      4.0
    sin         3.0      3.0
    cos         3.0      3.0
    floor       0.0      0.0
    pow         3.0      1.0

sigmoid is 0 instead of a denormal number. normal_cdf is off by at most 1.5 eps (float64: 4 eps) for x >= -1, by that
over -x below, and 0 from -12 on.
"""

from __future__ import annotations

import math

__all__ = [
    "copysign", "cos", "erf", "exp", "expm1", "floor", "isfinite", "isnan", "log", "log1p", "normal_cdf", "pow",
    "sigmoid", "sin", "softplus", "sqrt", "tanh",
]  # fmt: skip


def exp(x: float) -> float:
    """e to the power x."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    """exp(x) - 1, accurate near 0."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    """The natural logarithm."""
    if x > 0.0 or x != x:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def log1p(x: float) -> float:
    """log(1 + x), accurate near 0."""
    if x > -1.0 or x != x:
        return math.log1p(x)
    return -math.inf if x == -1.0 else math.nan


def sqrt(x: float) -> float:
    """The square root; nan below 0."""
    return math.sqrt(x) if x >= 0.0 else math.nan


def pow(x: float, y: float) -> float:
    """x to the power y."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and y % 2.0 == 1.0 else math.inf
    except ValueError:
        if x == 0.0:
            return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf
        return math.nan


def tanh(x: float) -> float:
    """The hyperbolic tangent."""
    return math.tanh(x)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if not x < 0.0 else e / (1.0 + e)


def softplus(x: float) -> float:
    """log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), without overflow."""
    return (0.0 if x < 0.0 else x) + math.log1p(math.exp(-abs(x)))


def erf(x: float) -> float:
    """The error function."""
    return math.erf(x)


def normal_cdf(x: float) -> float:
    """The distribution function of the normal distribution, (1 + erf(x / sqrt 2)) / 2; see gelu."""
    return 0.5 * math.erfc(-math.sqrt(0.5) * x)


def sin(x: float) -> float:
    """The sine; nan at infinity; compiled for the CPU in float64 beyond 4.4e14 already."""
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float) -> float:
    """The cosine; nan at infinity; compiled for the CPU in float64 beyond 4.4e14 already."""
    return math.cos(x) if math.isfinite(x) else math.nan


def floor(x: float) -> float:
    """The largest whole number not above x, as a float."""
    return float(math.floor(x)) if math.isfinite(x) and x != 0.0 else x


def copysign(x: float, y: float) -> float:
    """x with the sign of y."""
    return math.copysign(x, y)


def isnan(x: float) -> bool:
    """True where x is not a number."""
    return math.isnan(x)


def isfinite(x: float) -> bool:
    """True where x is neither infinite nor nan."""
    return math.isfinite(x)
