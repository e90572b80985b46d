"""Replacements for functions of math and NumPy in formulas.

Functions that :mod:`fastnn.mathematics` does not have are defined here. They are compiled like an author's own helpers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fastnn import mathematics
from fastnn.mathematics import exp, isfinite, isnan, log, pow


def maximum(a: float, b: float) -> float:
    """Return the larger number; NaN if either is NaN, unlike the built-in max."""
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    """Return the smaller number; NaN if either is NaN, unlike the built-in min."""
    return a if a < b or a != a else b


def sign(x: float) -> float:
    """Return -1, 0 or 1, and NaN for NaN."""
    return 1.0 if x > 0 else (-1.0 if x < 0 else x)


def where(condition: bool, a: float, b: float) -> float:
    """Return a if the condition is true, else b."""
    return a if condition else b


def clip(x: float, low: float, high: float) -> float:
    """Return x clamped to low ... high."""
    return minimum(maximum(x, low), high)


def square(x: float) -> float:
    """Return x * x."""
    return x * x


def reciprocal(x: float) -> float:
    """Return 1 / x."""
    return 1.0 / x


def log2(x: float) -> float:
    """Return the logarithm of x to base 2."""
    return log(x) * (1.0 / math.log(2.0))


def log10(x: float) -> float:
    """Return the logarithm of x to base 10."""
    return log(x) * (1.0 / math.log(10.0))


def exp2(x: float) -> float:
    """Return 2**x."""
    return pow(2.0, x)


def logaddexp(a: float, b: float) -> float:
    """Return log(exp(a) + exp(b)) without overflow."""
    return max(a, b) + mathematics.log1p(exp(-abs(a - b)))


def sinh(x: float) -> float:
    """Return the hyperbolic sine of x, accurate near 0."""
    return 0.5 * (mathematics.expm1(x) - mathematics.expm1(-x))


def cosh(x: float) -> float:
    """Return the hyperbolic cosine of x."""
    return 0.5 * exp(x) + 0.5 * exp(-x)


def isinf(x: float) -> bool:
    """Return True if x is infinite."""
    return not isfinite(x) and not isnan(x)


_MATHEMATICS = {name: getattr(mathematics, name) for name in mathematics.__all__}
_DEFINED_HERE = {
    f.__name__: f
    for f in (
        maximum, minimum, sign, where, clip, square, reciprocal, log2, log10, exp2, logaddexp, sinh, cosh,
        isinf,
    )
}  # fmt: skip
_BUILTIN = {"fabs": abs, "abs": abs, "absolute": abs, "power": mathematics.pow}


def equivalent(value: Any) -> Any:
    """Return the replacement for a function of math or NumPy; None if there is none."""
    name = getattr(value, "__name__", "")
    for module in (math, np):
        if name and getattr(module, name, None) is value:
            return _MATHEMATICS.get(name) or _DEFINED_HERE.get(name) or _BUILTIN.get(name)
    return None
