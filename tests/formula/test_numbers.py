"""Every number takes the dtype of the data; integers stay integers only among themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import carray, cfunc, njit, types

from fastnn.cpu import mathematics as _lowerings  # noqa: F401  (registers what formulas call)
from fastnn.errors import PluginError
from fastnn.formula import activation_unit, activation_value, loss_value
from fastnn.mathematics import exp
from fastnn.parts.kinds import Activation, Loss

HALF = 0.5
COEFFICIENTS = (0.5, 0.25, 2)
N = 7


def horner(x):
    y = 0
    for c in COEFFICIENTS:
        y = y * x + c
    return y


def counted(x):
    n = 0
    total = 0
    for i in range(4):
        if i % 2 == 1 or i // 3 == 1:
            continue
        n += 1
        total += x / (i + 1)
    while n > 0:
        n -= 1
        total = total + n
    return total


def taken_apart(x):
    a, b = 1, x
    a, b = b, a
    low, _high = both(a, 2)
    c = d = low
    return a + b + c * d


def both(x, n):
    return n, x * n


def _private(max, _exp, unit):
    its__exp = max - _exp
    return its__exp * unit


def shadowed(x):
    return _private(x, 1, unit=3)


def early(x):
    if x > 2:
        return 1
    elif x < -2:
        return True
    return x


FORMULAS = [
    lambda x: 1 - x,
    lambda x: 1.0 - x,
    lambda x: 0.5 * x + HALF,
    lambda x: max(x, 0),
    lambda x: min(x, 1, 0.25),
    lambda x: x if x > 0 else 0,
    lambda x: 1 if x > 0 else -1,
    lambda x: x**2,
    lambda x: x**3.0,
    lambda x: x**-2 + N,
    lambda x: abs(x) ** 0.5,
    lambda x: abs(x) ** 1.5 + 2**N,
    lambda x: x / N + 1 / 3,
    lambda x: (x > 0) - (x < 0),
    lambda x: (x > 0) * x,
    lambda x: x > 1,
    lambda x: (0 < x < 1 or not x > -1) and x != 3,
    lambda x: x // 1 + x % 2,
    lambda x: x * math.pi + np.e - float("2") if N == 8 else float(x) * 1e-3,
    lambda x: int(x) * 2,
    lambda x: int(x) // 2 + int(x) / 2,
    lambda x: ~int(x) & 3 | 4,
    lambda x: +x - -x,
    lambda x: bool(x) + 1,
    lambda x: exp(-abs(x)),
    lambda x: pow(abs(x), 2) - pow(2, 3),
    horner,
    counted,
    taken_apart,
    shadowed,
    early,
]


def compiled(f, dtype):
    formula = activation_value(Activation("f", f)(), dtype)
    return formula.build(njit(error_model="numpy")), formula


@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_the_formula_as_python_computes_it(number):
    f = FORMULAS[number]
    value, _ = compiled(f, "float64")
    for x in (-3.25, -2.0, -0.75, 0.3, 1.0, 1.5, 2.5, 3.0):
        assert value(np.float64(x)) == pytest.approx(float(f(x)), rel=1e-15, abs=0)


@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_float32_in_float32_out_and_nothing_else_inside(number):
    value, _ = compiled(FORMULAS[number], "float32")
    result = value(np.float32(0.3))
    [signature] = value.nopython_signatures
    assert signature.args == (types.float32,)
    assert signature.return_type == types.float32
    assert result == pytest.approx(float(FORMULAS[number](0.3)), rel=2e-6)
    assert "double" not in loop(value)


def loop(value) -> str:
    """The LLVM code of a loop around the function."""
    pointer = types.CPointer(types.float32)

    @cfunc(types.void(pointer, types.intp), error_model="numpy")
    def over(p, n):
        x = carray(p, n)
        for i in range(n):
            x[i] = value(x[i])

    return over.inspect_llvm()


def mean(prediction, target):
    total = 0
    for v in prediction:
        total += v
    worst = prediction[-1]
    for j in range(len(prediction)):
        worst = max(worst, prediction[j]) if j != target else worst
    return total / len(prediction) + worst - prediction[target] / 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_lengths_and_class_numbers(dtype):
    value = loss_value(Loss("mean", mean, rowwise=True, target="class")(), dtype).build(njit)
    row = np.array([0.5, 3.0, -1.0, 2.0], dtype)
    assert value(row, 1) == pytest.approx(mean([0.5, 3.0, -1.0, 2.0], 1))
    [signature] = value.nopython_signatures
    assert str(signature.return_type) == dtype
    assert signature.args[1] == types.int64


def test_constants_keep_every_bit():
    third = 1 / 3
    tiny = np.float64(5e-324)
    _, formula = compiled(lambda x: x * third + tiny, "float64")
    assert "_real(0.3333333333333333)" in formula.text
    assert "_real(5e-324)" in formula.text


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan, -0.0])
def test_special_constants(special):
    value, _ = compiled(lambda x: special * x, "float32")
    np.testing.assert_array_equal(value(np.float32(1)), np.float32(special))
    assert math.copysign(1, value(np.float32(1))) == math.copysign(1, special) or math.isnan(special)


def test_a_whole_power_needs_no_pow():
    for f in (lambda x: x**2, lambda x: x**2.0, lambda x: x**0.5):
        assert "pow" not in compiled(f, "float32")[1].text


def test_the_author_s_derivative_in_float32():
    part = Activation("f", lambda x, a: a * x, derivative=lambda x, y, a: (a, x), parameters={"a": 1}, trainable=("a",))
    unit = activation_unit(part(), "float32").build(njit)
    assert unit(np.float32(3), np.float32(2)) == (6.0, 2.0, 3.0)
    [signature] = unit.nopython_signatures
    assert signature.return_type == types.UniTuple(types.float32, 3)


def indexed_by_a_number(prediction, target):
    return prediction[prediction[0]]


def a_row_as_a_number(prediction, target):
    return prediction + 1


def a_row_or_a_number(prediction, target):
    value = prediction
    value = 2.0
    return value


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (indexed_by_a_number, "prediction[0] must be an integer"),
        (a_row_as_a_number, "prediction is a row, not a number"),
        (a_row_or_a_number, "a row and a number cannot be combined"),
    ],
)
def test_rows_and_numbers_are_kept_apart(f, says):
    with pytest.raises(PluginError, match=r"test_numbers\.py:\d+: ") as error:
        loss_value(Loss("f", f, rowwise=True, target="class")(), "float32")
    assert says in str(error.value)
