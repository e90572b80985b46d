"""The derivatives of the functions that formulas call: rules(arguments..., value) -> partial derivative.

Rules are formulas like those of an author: they are specialised and compiled in the same way, for every device. The
function's own value is their last argument, so that exp' = exp computes nothing again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fastnn import mathematics
from fastnn.formula import equivalents

_ERF = 2.0 / math.sqrt(math.pi)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


def exp(x: float, y: float) -> float:
    return y


def expm1(x: float, y: float) -> float:
    return y + 1.0


def log(x: float, y: float) -> float:
    return 1.0 / x


def log1p(x: float, y: float) -> float:
    return 1.0 / (1.0 + x)


def sqrt(x: float, y: float) -> float:
    return 0.5 / y


def tanh(x: float, y: float) -> float:
    return 1.0 - y * y


def sigmoid(x: float, y: float) -> float:
    return y * (1.0 - y)


def softplus(x: float, y: float) -> float:
    return mathematics.sigmoid(x)


def erf(x: float, y: float) -> float:
    return _ERF * mathematics.exp(-x * x)


def normal_cdf(x: float, y: float) -> float:
    return _DENSITY * mathematics.exp(-0.5 * x * x)


def sin(x: float, y: float) -> float:
    return mathematics.cos(x)


def cos(x: float, y: float) -> float:
    return -mathematics.sin(x)


def copysign(x: float, sign: float, y: float) -> float:
    return mathematics.copysign(1.0, x) * mathematics.copysign(1.0, sign)


def power_of_base(x: float, n: float, y: float) -> float:
    """Return dx^n / dx; 0 for n = 0, also where x is 0."""
    return 0.0 if n == 0.0 else n * mathematics.pow(x, n - 1.0)


def power_of_exponent(x: float, n: float, y: float) -> float:
    """Return dx^n / dn; 0 where y is 0, though log x is infinite there."""
    return 0.0 if y == 0.0 else y * mathematics.log(x)


RULES: dict[Any, tuple[Callable | None, ...]] = {
    **{
        getattr(mathematics, f.__name__): (f,)
        for f in (exp, expm1, log, log1p, sqrt, tanh, sigmoid, softplus, erf, normal_cdf, sin, cos)
    },
    mathematics.copysign: (copysign, None),
    mathematics.pow: (power_of_base, power_of_exponent),
    mathematics.floor: (None,),
    mathematics.isnan: (None,),
    mathematics.isfinite: (None,),
    equivalents.sign: (None,),
    equivalents.isinf: (None,),
}
"""For every argument of a function its rule; None for an argument on which the value depends in steps only."""
