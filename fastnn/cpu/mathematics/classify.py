"""What is one instruction: square root, floor, sign, and the tests for NaN and infinity."""

from __future__ import annotations

import math

from numba import types

from fastnn import mathematics
from fastnn.cpu.mathematics.lowering import lowers
from fastnn.cpu.mathematics.real import Condition, Real


@lowers(mathematics.sqrt)
def sqrt(x: Real) -> Real:
    return x.call("sqrt")


@lowers(mathematics.floor)
def floor(x: Real) -> Real:
    return x.call("floor")


@lowers(mathematics.copysign)
def copysign(x: Real, y: Real) -> Real:
    return x.copysign(y)


@lowers(mathematics.isnan, types.boolean)
def isnan(x: Real) -> Condition:
    return x.isnan()


@lowers(mathematics.isfinite, types.boolean)
def isfinite(x: Real) -> Condition:
    return abs(x) < math.inf
