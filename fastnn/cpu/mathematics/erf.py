"""The error function."""

from __future__ import annotations

from fastnn import mathematics
from fastnn.cpu.mathematics.exponential import reduced
from fastnn.cpu.mathematics.lowering import lowers
from fastnn.cpu.mathematics.real import Real, fma, polynomial, power_of_two, select

# erf(x) = x + x·S(x²) up to 0.9; our own minimax fit (Remez exchange), relative error 3e-8 and 2e-18
S_32 = (-0.000588774506, 0.00497209467, -0.0267509613, 0.112813033, -0.376124263, 0.128379136)
S_64 = (
    -8.1320725233196647e-10, 1.3888033794063393e-08, -1.6244674225396045e-07, 1.6451823921268426e-06,
    -1.4925068317401634e-05, 0.0001205531090653426, -0.0008548326470255986, 0.0052239776166275887,
    -0.026866170644300275, 0.11283791670951067, -0.37612638903183676, 0.12837916709551256,
)  # fmt: skip
# log(1 - erf(x)) = L(x) from 0.9 on; our own minimax fit to the relative error of erf, 4e-9 and 8e-17
L_32 = (
    0.000198217938, -0.00306547643, 0.0223151669, -0.104113601, -0.636976123, -1.12779725, -0.000166453465
)  # fmt: skip
L_64 = (
    2.9360847525294618e-11, -1.0585593106334786e-09, 1.745709384803751e-08, -1.7294212539384122e-07,
    1.1261807146577565e-06, -4.8331483928705827e-06, 1.1618748377072953e-05, 5.2144593625425115e-06,
    -0.00018036504849369413, 0.00083357102339958757, -0.0019836737774063438, 0.0004663019119532774,
    0.018956081195836347, -0.1026884919044178, -0.63664801087634904, -1.1283733331207015,
    -5.5906290026537941e-07,
)  # fmt: skip


@lowers(mathematics.erf)
def erf(x: Real) -> Real:
    """Both forms are computed; exactly 1 from 3.95 on (5.95 in float64)."""
    small = fma(x, polynomial(x * x, S_32 if x.single else S_64), x)
    size = abs(x).at_most(3.95 if x.single else 5.95)
    n, minus_one = reduced(polynomial(size, L_32 if x.single else L_64))
    scale = power_of_two(n, x)
    large = ((1.0 - scale) - scale * minus_one).copysign(x)
    return select(size < 0.9, small, large)
