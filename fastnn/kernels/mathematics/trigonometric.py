"""sin and cos.

x = n·π/2 + r with an integer n and abs(r) <= π/4, as by Cody and Waite (Software Manual for the Elementary Functions,
1980), with π/2 in three parts. sin(r) = r + r³·S(r²) and cos(r) = 1 - r²/2 + r⁴·C(r²) are minimax fits (Remez exchange,
errors 4e-9 and 1e-10, in float64 4e-18 and 5e-20). n modulo 4 selects one of them and its sign.
In float32, arguments from 2¹⁵ on are reduced exactly (:mod:`fastnn.kernels.mathematics.reduction`). In float64, the
result beyond n = 2⁴⁸ (abs(x) > 4.4e14), where neighbouring numbers differ by a sixteenth, is NaN instead of a wrong
number.
"""

from __future__ import annotations

import math

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.real import Integer, Real, exact_fma, fma, nearest, polynomial, select
from fastnn.kernels.mathematics.reduction import payne_hanek

HALF_PI_32 = (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15)
HALF_PI_64 = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)
S_32 = (-0.000195078828, 0.00833210628, -0.166666538)
S_64 = (
    1.5892962082510237e-10, -2.5050692483412918e-08, 2.7557313276086965e-06, -0.00019841269828619037,
    0.0083333333333209404, -0.16666666666666627,
)  # fmt: skip
C_32 = (2.44306702e-05, -0.00138873013, 0.0416666456)
C_64 = (
    -1.1357447158982218e-11, 2.0875681854128716e-09, -2.7557314056429698e-07, 2.4801587288491796e-05,
    -0.0013888888888872598, 0.041666666666666588,
)  # fmt: skip


PAYNE_HANEK_FROM = 2.0**15  # float32: exact reduction from here on; with three parts of π/2 errors grow from 2^19 on


def reduced(x: Real) -> tuple[Integer, Real]:
    """Return n (at least modulo 4) and r, where x = n π/2 + r."""
    real_n, n = nearest(x * (2.0 / math.pi))
    r = x if x.single else select(abs(real_n) <= 2.0**48, x, math.nan)
    for part in HALF_PI_32 if x.single else HALF_PI_64:
        r = exact_fma(real_n, -part, r)
    if not x.single:
        return n, r
    exact_n, exact_r = payne_hanek(x)
    small = abs(x) < PAYNE_HANEK_FROM
    return select(small, n, exact_n), select(small, r, exact_r)


def sin_of_parts(n: Integer, r: Real) -> Real:
    """Return sin(n π/2 + r)."""
    t = r * r
    sine = fma(r * t, polynomial(t, S_32 if r.single else S_64), r)
    cosine = fma(t * t, polynomial(t, C_32 if r.single else C_64), fma(t, -0.5, 1.0))
    magnitude = select((n & 1).equals(0), sine, cosine)
    return (magnitude.bits() ^ ((n & 2) << (r.width - 2))).as_real()


@emits(mathematics.sin)
def sin(x: Real) -> Real:
    n, r = reduced(x)
    return select(x.equals(0.0), x, sin_of_parts(n, r))  # keeps the sign of -0


@emits(mathematics.cos)
def cos(x: Real) -> Real:
    n, r = reduced(x)
    return sin_of_parts(n + 1, r)
