"""Formulas for functions of math and NumPy that :mod:`fastnn.mathematics` does not have, and who means what.

They are compiled like an author's own helpers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fastnn import mathematics
from fastnn.mathematics import exp, isfinite, isnan, log, pow


def maximum(a: float, b: float) -> float:
    """The larger one; NaN if either is NaN, unlike the built-in max."""
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    """The smaller one; NaN if either is NaN, unlike the built-in min."""
    return a if a < b or a != a else b


def sign(x: float) -> float:
    """-1, 0 or 1; NaN stays NaN."""
    return 1.0 if x > 0 else (-1.0 if x < 0 else x)


def where(condition: bool, a: float, b: float) -> float:
    """a where the condition holds, else b."""
    return a if condition else b


def clip(x: float, low: float, high: float) -> float:
    """x limited to low ... high."""
    return minimum(maximum(x, low), high)


def square(x: float) -> float:
    """x times x."""
    return x * x


def reciprocal(x: float) -> float:
    """1 / x."""
    return 1.0 / x


def log2(x: float) -> float:
    """The logarithm to base 2."""
    return log(x) * (1.0 / math.log(2.0))


def log10(x: float) -> float:
    """The logarithm to base 10."""
    return log(x) * (1.0 / math.log(10.0))


def exp2(x: float) -> float:
    """2 to the power x."""
    return pow(2.0, x)


def logaddexp(a: float, b: float) -> float:
    """log(exp(a) + exp(b)) without overflow."""
    return max(a, b) + mathematics.log1p(exp(-abs(a - b)))


def sinh(x: float) -> float:
    """The hyperbolic sine, accurate near 0."""
    return 0.5 * (mathematics.expm1(x) - mathematics.expm1(-x))


def cosh(x: float) -> float:
    """The hyperbolic cosine."""
    return 0.5 * exp(x) + 0.5 * exp(-x)


def isinf(x: float) -> bool:
    """True where x is infinite."""
    return not isfinite(x) and not isnan(x)


_SAME = {name: getattr(mathematics, name) for name in mathematics.__all__}
_OURS = {
    f.__name__: f
    for f in (
        maximum, minimum, sign, where, clip, square, reciprocal, log2, log10, exp2, logaddexp, sinh, cosh,
        isinf,
    )
}  # fmt: skip
_BUILTIN = {"fabs": abs, "abs": abs, "absolute": abs, "power": mathematics.pow}


def equivalent(value: Any) -> Any:
    """What a function of math or NumPy is replaced by; None if there is nothing."""
    name = getattr(value, "__name__", "")
    for module in (math, np):
        if name and getattr(module, name, None) is value:
            return _SAME.get(name) or _OURS.get(name) or _BUILTIN.get(name)
    return None
