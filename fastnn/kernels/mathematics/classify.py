"""Functions that are a single instruction: square root, floor, copysign, and the tests for NaN and infinity."""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.real import Condition, Real


@emits(mathematics.sqrt)
def sqrt(x: Real) -> Real:
    return x.call("sqrt")


@emits(mathematics.floor)
def floor(x: Real) -> Real:
    return x.call("floor")


@emits(mathematics.copysign)
def copysign(x: Real, y: Real) -> Real:
    return x.copysign(y)


@emits(mathematics.isnan, boolean=True)
def isnan(x: Real) -> Condition:
    return x.isnan()


@emits(mathematics.isfinite, boolean=True)
def isfinite(x: Real) -> Condition:
    return abs(x) < math.inf
