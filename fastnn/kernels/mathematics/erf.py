"""The error function.

erf(x) = 1 - 2^L(x) for x >= 0. In float32, L(x) = x (N(x) - 2) has no constant term and 2^f - 1 = f + f P(f), so no
digits are lost near 0 and one range is enough. In float64 the polynomial would be too long, so there are two ranges.
"""

from __future__ import annotations

from fastnn import mathematics
from fastnn.kernels.mathematics.collection import emits
from fastnn.kernels.mathematics.exponential import reduced, scale
from fastnn.kernels.mathematics.real import Real, fma, polynomial, power_of_two, select

# minimax fits (Lawson's iteration in float64) for the relative error of erf, 6e-9, and of 2^f - 1, 1.3e-8
N_32 = (
    1.29262608e-05, -0.000166038066, 0.000900484563, -0.00238357764, 0.000211712773, 0.0276415255, -0.14827925,
    -0.918447435, 0.372092962,
)  # fmt: skip
P_32 = (0.000153845773, 0.00133874209, 0.0096183056, 0.0555036739, 0.240226492, -0.306852818)

# erf(x) = x + x·S(x²) for x < 0.9; minimax fit (Remez exchange), relative error 2e-18
S_64 = (
    -8.1320725233196647e-10, 1.3888033794063393e-08, -1.6244674225396045e-07, 1.6451823921268426e-06,
    -1.4925068317401634e-05, 0.0001205531090653426, -0.0008548326470255986, 0.0052239776166275887,
    -0.026866170644300275, 0.11283791670951067, -0.37612638903183676, 0.12837916709551256,
)  # fmt: skip
# log(1 - erf(x)) = L(x) for x >= 0.9; minimax fit for the relative error of erf, 8e-17
L_64 = (
    2.9360847525294618e-11, -1.0585593106334786e-09, 1.745709384803751e-08, -1.7294212539384122e-07,
    1.1261807146577565e-06, -4.8331483928705827e-06, 1.1618748377072953e-05, 5.2144593625425115e-06,
    -0.00018036504849369413, 0.00083357102339958757, -0.0019836737774063438, 0.0004663019119532774,
    0.018956081195836347, -0.1026884919044178, -0.63664801087634904, -1.1283733331207015,
    -5.5906290026537941e-07,
)  # fmt: skip


@emits(mathematics.erf)
def erf(x: Real) -> Real:
    """Emit erf(x). The result is exactly 1 for x >= 3.95 (5.95 in float64)."""
    magnitude = abs(x).at_most(3.95 if x.single else 5.95)
    return (erf_32(magnitude) if x.single else erf_64(magnitude)).copysign(x)


def erf_32(x: Real) -> Real:
    """Emit erf(x) for x >= 0 in float32."""
    exponent = fma(x, polynomial(x, N_32), x * -2.0)
    n, power = scale(exponent)
    f = exponent - n
    minus_one = fma(f, polynomial(f, P_32), f)
    return fma(-power, minus_one, 1.0 - power)


def erf_64(x: Real) -> Real:
    """Emit erf(x) for x >= 0 in float64. Both ranges are computed, and one of them is selected."""
    small = fma(x, polynomial(x * x, S_64), x)
    n, minus_one = reduced(polynomial(x, L_64))
    power = power_of_two(n, x)
    return select(x < 0.9, small, (1.0 - power) - power * minus_one)
