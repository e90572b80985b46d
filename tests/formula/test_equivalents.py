"""Functions that formulas may use instead of those of fastnn.mathematics have the same meaning."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from fastnn.cpu import mathematics as _lowerings  # noqa: F401
from fastnn.formula import activation_value
from fastnn.formula.equivalents import equivalent
from fastnn.parts.kinds import Activation

FORMULAS = [
    lambda x: np.maximum(x, 0.5),
    lambda x: np.maximum(0.5, x),
    lambda x: np.minimum(x, 0.5),
    lambda x: np.minimum(0.5, x),
    lambda x: np.sign(x),
    lambda x: np.where(x > 0.5, x, -1),
    lambda x: np.clip(x, -1, 0.75),
    lambda x: np.square(x) + np.reciprocal(x + 5.0),
    lambda x: np.log2(x + 5.0) + math.log10(25.0 + x),
    lambda x: np.exp2(x),
    lambda x: np.logaddexp(x, 1.0),
    lambda x: np.sinh(x) + np.cosh(x),
    lambda x: np.isinf(x),
    lambda x: np.power(abs(x), 1.5) + np.absolute(x) + math.fabs(x),
    lambda x: np.tanh(x) + np.copysign(2, x) + np.expm1(x) + np.log1p(x * x) + np.sqrt(abs(x)),
    lambda x: math.erf(x) + np.isnan(x) + np.isfinite(x) + np.floor(x),
]


@pytest.mark.filterwarnings("ignore:invalid value|divide by zero|overflow")
@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_as_numpy_computes_it(number):
    f = FORMULAS[number]
    value = activation_value(Activation("f", f)(), "float64").build(njit(error_model="numpy"))
    points = [-3.25, -0.5, 0.5, 0.75, 4.0]
    if number < 5:
        points.append(math.nan)
    for x in points:
        np.testing.assert_allclose(value(x), float(f(np.float64(x))), rtol=1e-13)


def test_others_have_no_equivalent():
    assert equivalent(print) is None
    assert equivalent(np.fft) is None
    assert equivalent(lambda x: x) is None
