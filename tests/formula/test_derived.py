"""Derivatives that are derived from a formula: against float64 differences, at kinks, where numbers overflow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import central
from test_every_kernel import check_float32, check_vectors

from fastnn.cpu.machine_code import machine_code
from fastnn.errors import PluginError
from fastnn.formula import activation_unit
from fastnn.mathematics import cos, erf, exp, expm1, log, log1p, pow, sigmoid, sin, softplus, sqrt, tanh
from fastnn.parts.kinds import Activation, Loss, Parameter, bind
from fastnn.testing.kernels import kernels, run_activation, run_loss

POINTS = np.concatenate([np.linspace(-4.03, 4.07, 28), [-0.012, 0.017]])


def gate(x, k=1.0):
    return sigmoid(k * x)


def early(x, a):
    if x > 2:
        return a * x + 1
    elif x > 0.5:
        return tanh(x) * a
    y = x
    y *= gate(x, k=a)
    y += exp(-abs(x - a))
    return y


def reused(x, a):
    x, y = a * x, x + 1
    x = x * y
    y = z = x * x
    return y / (1 + z) + min(x, y, 3.0) - max(0.1 * x, sin(y))


def both(u, v):
    return u * v, cos(u) - v


def unpacked(x, a):
    p, q = both(x, a)
    return p * q if x < a else p - q


def looped(x, a):
    total = 0
    power = 1.0
    for i in range(1, 6):
        if i == 4:
            continue
        power = power * x / i
        total += power * a
    for c in (0.5, 2):
        total = total + c * sqrt(x * x + a * a)
    return total


def library(x, a):
    return (
        np.logaddexp(x, a) + math.sinh(0.3 * x) + np.clip(x, -1, a) + np.where(x > 0, x, a * x) + np.maximum(x, -2)
        + np.square(x) + erf(x) + log1p(x * x) + expm1(0.5 * x) + softplus(a * x) + math.fabs(x) + np.log2(3 + abs(x))
        + np.float64(x) + math.copysign(x, -a) + float(x)
    )  # fmt: skip


def powers(x, a):
    base = abs(x) + 0.1
    return x**2 + x**3 + x**-1 + base**0.5 + base**1.5 + base**a + a**x + pow(2.0, x) + base ** (a * x) + x**1 + x**0


def steps(x, a):
    return x % 3 + (x // 2) * a + (x > 0) * a * x + math.floor(x) + int(x > 1) + (x and a * x) + np.sign(x) * x


def only_by_keyword(x, /, *, scale):
    return scale * log(4.5 + x)


def factory(c):
    def closure(x, a):
        return only_by_keyword(x, scale=c) + c * a * x

    return closure


FORMULAS = [
    early, reused, unpacked, looped, library, powers, steps, factory(0.25), lambda x, a: x * sigmoid(a * x),
    lambda x, a: -x, lambda x, a: 2.5, lambda x, a: a,
]  # fmt: skip


@pytest.mark.parametrize("f", FORMULAS, ids=lambda f: f.__name__)
def test_a_formula(f):
    """By its input and by a trainable parameter, as it is compiled."""
    part = Activation("f", f, parameters={"a": 1.3}, trainable=("a",))
    y, slope, [learnt] = run_activation(part(), POINTS)
    assert y == pytest.approx([f(x, 1.3) for x in POINTS.tolist()], rel=1e-12)
    assert slope == pytest.approx([central(lambda v: float(f(v, 1.3)), x) for x in POINTS.tolist()], rel=1e-6, abs=1e-7)
    numeric = [central(lambda a, x=x: float(f(x, a)), 1.3) for x in POINTS.tolist()]
    assert learnt == pytest.approx(numeric, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("f", [early, unpacked, looped, lambda x, a: x * sigmoid(a * x)], ids=lambda f: f.__name__)
def test_derived_code_is_compiled_as_well(f):
    """It stays in the dtype of the data, and its loops become loops on vectors."""
    for parameters in ({"trainable": ("a",)}, {}):
        [kernel] = kernels(Activation("f", f, parameters={"a": 1.3}, **parameters)(), "float32")
        check_float32(machine_code(kernel))
        check_vectors(machine_code(kernel))


def expectile(prediction, target, q, squared):
    e = prediction - target
    weight = q if e > 0 else 1 - q
    return weight * (e * e if squared else sqrt(1 + e**2))


@pytest.mark.parametrize("squared", [True, False])
def test_a_loss(squared):
    """By its prediction alone, with the branch that a choice leaves."""
    loss = Loss("expectile", expectile, parameters={"q": 0.3, "squared": Parameter(True)})(squared=squared)
    z, y = POINTS[:, None].copy(), np.full((len(POINTS), 1), 0.7)
    losses, gradient = run_loss(loss, z, y, 1.0)
    assert losses == pytest.approx([expectile(p, 0.7, 0.3, squared) for p in POINTS.tolist()], rel=1e-12)
    numeric = [central(lambda p: expectile(p, 0.7, 0.3, squared), p) for p in POINTS.tolist()]
    assert gradient.ravel() == pytest.approx(numeric, rel=1e-6, abs=1e-7)


def slope(f, x: float, dtype: str = "float64") -> float:
    return run_activation(Activation("f", f)(), np.array([x], dtype))[1].item()


def by_hand(x):
    e = exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


def by_hand_below(x):
    e = exp(-abs(x))
    return 1 / (1 + e) if x > 0 else e / (1 + e)


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (lambda x: x if x > 0 else 0.1 * x, 0.0, 0.1),
        (lambda x: x if x >= 0 else 0.1 * x, 0.0, 1.0),
        (lambda x: max(0.0, x), 0.0, 0.0),  # of two equal numbers Python's max takes the first
        (lambda x: max(x, 0.0), 0.0, 1.0),
        (lambda x: min(x, 1.0), 1.0, 1.0),
        (lambda x: min(1.0, x), 1.0, 0.0),
        (abs, 0.0, 0.0),
        (lambda x: abs(x - 3), 3.0, 0.0),
        # smooth functions in two pieces
        (by_hand, 0.0, 0.25),
        (by_hand_below, 0.0, 0.25),
        (lambda x: max(x, 0) + log1p(exp(-abs(x))), 0.0, 0.5),
        (lambda x: max(0, x) + log1p(exp(-abs(x))), 0.0, 0.5),
        (lambda x: log1p(exp(-abs(x))) - min(-x, 0), 0.0, 0.5),
        (lambda x: log1p(exp(-abs(-x))) + max(0, -x), 0.0, -0.5),
        (lambda x: np.maximum(x, 0) + log1p(exp(-abs(x))), 0.0, 0.5),
        (lambda x: np.logaddexp(x, 2), 2.0, 0.5),
    ],
)  # fmt: skip
def test_at_a_kink_the_branch_counts_that_the_value_falls_in(f, at, expected):
    if f is abs:
        f = lambda x: abs(x)  # noqa: E731
    assert slope(f, at) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (lambda x: 1 / (1 + exp(-x)), -1000.0, 0.0),
        (lambda x: x / (1 + exp(-x)), -1000.0, 0.0),
        (lambda x: x / (1 + exp(-x)), 1000.0, 1.0),
        (lambda x: exp(-exp(-x)), -1000.0, 0.0),
        (lambda x: x * sigmoid(2 * x), 1e30, 1.0),
        (lambda x: sqrt(x * x), 0.0, 0.0),
        (lambda x: sqrt(max(0.0, x)), -1.0, 0.0),
        (lambda x: abs(x) ** 1.5, 0.0, 0.0),
        (lambda x: exp(-x * x), 1e30, 0.0),
    ],
)
def test_a_saturated_function_has_the_derivative_0_or_1_and_not_nan(f, at, expected, dtype):
    assert slope(f, at, dtype) == expected


def endless(x):
    while abs(x) > 1:
        x = 0.5 * x
    return x


def counted(x):
    for _ in range(int(x)):
        x = 0.5 * x
    return x


def calls_endless(x):
    return 2 * endless(x)


@pytest.mark.parametrize(("f", "line"), [(endless, "endless"), (counted, "counted"), (calls_endless, "endless")])
def test_a_loop_of_unknown_length_is_refused(f, line):
    says = rf"test_derived.py:\d+: in {line}: it cannot be differentiated: how often this loop runs .* Give derivative="
    with pytest.raises(PluginError, match=says):
        activation_unit(Activation("f", f)(), "float32")
    assert activation_unit(Activation("f", f, derivative=lambda x, y: y / x)(), "float32")


def test_what_cannot_be_compiled_is_refused_for_that_reason():
    with pytest.raises(PluginError, match=r"math.gamma cannot be compiled"):
        activation_unit(Activation("f", lambda x: math.gamma(x))(), "float32")


def test_a_parameter_may_have_any_name():
    def f(x, v1, d, unit, d_x_d_v1):
        v2 = x * v1
        return v2 * d + unit * exp(d_x_d_v1 * x)

    part = Activation("f", f, parameters={"a": 1.0, "b": 2.0, "c": 3.0, "d": 0.5}, trainable=("c", "a"))
    _, slope, (third, first) = run_activation(part(), np.array([0.4]))
    assert slope == pytest.approx(2.0 + 1.5 * math.exp(0.2))
    assert (third, first) == (pytest.approx(math.exp(0.2)), pytest.approx(0.8))
    assert bind(part, {"a": 2.0}).values["a"] == 2.0
