"""The units of each kind of part: order of arguments, results, live states, errors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from fastnn.cpu import mathematics as _lowerings  # noqa: F401
from fastnn.errors import PluginError
from fastnn.formula import (
    activation_unit,
    activation_value,
    loss_unit,
    loss_value,
    optimizer_unit,
    scalars_unit,
)  # fmt: skip
from fastnn.mathematics import exp, log, sqrt
from fastnn.parts.kinds import Activation, Loss, Optimizer, Parameter


def line(x, a, kind, b, c):
    return a * x + b * x * x + c if kind == "full" else a


def line_derivative(x, y, a, kind, b, c):
    return a + 2 * b * x, x * x, 1


LINE = Activation(
    "line",
    line,
    derivative=line_derivative,
    parameters={"a": 1.0, "kind": Parameter("full", choices=("full", "part")), "b": 0.5, "c": 0.0},
    trainable=("b", "c"),
)


def test_trainable_parameters_come_first():
    unit = activation_unit(LINE(), "float64").build(njit)
    value = activation_value(LINE(), "float64").build(njit)
    x, a, b, c = 2.0, 3.0, 5.0, 7.0
    assert unit(x, b, c, a) == (a * x + b * x * x + c, a + 2 * b * x, x * x, 1.0)
    assert value(x, b, c, a) == line(x, a, "full", b, c)


def test_a_choice_is_part_of_the_key_and_a_number_is_not():
    key = activation_value(LINE(), "float32").key
    assert activation_value(LINE(a=2.0, b=9.0), "float32").key == key
    assert activation_value(LINE(kind="part"), "float32").key != key


def test_the_kind_and_the_place_of_a_unit_are_in_its_key():
    f = Activation("f", lambda x: x, derivative=lambda x, y: 1.0)
    keys = [activation_unit(f(), "float32"), activation_value(f(), "float32")]
    assert len({k.key for k in keys}) == 2


def row_softmax(x, y):
    total = 0
    for j in range(len(x)):
        y[j] = exp(x[j])
        total += y[j]
    for j in range(len(x)):
        y[j] /= total


def row_softmax_derivative(x, y, dy, dx):
    dot = 0
    for j in range(len(x)):
        dot += y[j] * dy[j]
    for j in range(len(x)):
        dx[j] = y[j] * (dy[j] - dot)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_row_wise_activation(dtype):
    part = Activation("rows", row_softmax, derivative=row_softmax_derivative, rowwise=True)
    x, dy = np.array([0.1, 0.7, -2.0], dtype), np.array([1.0, 0.0, 2.0], dtype)
    y, dx = np.empty_like(x), np.empty_like(x)
    assert activation_value(part(), dtype).build(njit)(x, y) is None
    assert activation_unit(part(), dtype).build(njit)(x, y, dy, dx) is None
    expected = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    np.testing.assert_allclose(dx, expected * (dy - (expected * dy).sum()), rtol=1e-5)


def test_elementwise_loss():
    part = Loss(
        "scaled",
        lambda p, t, s: s * (p - t) ** 2,
        gradient=lambda p, t, s: 2 * s * (p - t),
        parameters={"s": 1.0},
    )
    assert loss_unit(part(), "float64").build(njit)(3.0, 1.0, 0.5) == (2.0, 2.0)
    assert loss_value(part(), "float64").build(njit)(3.0, 1.0, 0.5) == 2.0


def likelihood(prediction, target):
    total = 0.0
    for z in prediction:
        total += exp(z)
    return log(total) - prediction[target]


def likelihood_gradient(prediction, target, out):
    loss = likelihood(prediction, target)
    for j in range(len(out)):
        out[j] = exp(prediction[j] - prediction[target] - loss) - (j == target)
    return loss


def test_row_wise_loss_of_classes():
    part = Loss("nll", likelihood, gradient=likelihood_gradient, rowwise=True, target="class")
    z = np.array([0.5, -1.0, 2.0])
    out = np.empty(3)
    expected = np.log(np.exp(z).sum()) - z[2]
    assert loss_unit(part(), "float64").build(njit)(z, 2, out) == pytest.approx(expected)
    assert loss_value(part(), "float64").build(njit)(z, 2) == pytest.approx(expected)
    np.testing.assert_allclose(out, np.exp(z) / np.exp(z).sum() - np.array([0, 0, 1]), rtol=1e-13)


def rmsprop(p, g, v, mean, buffer, lr, centered, momentum):
    v = 0.9 * v + 0.1 * g * g
    if centered:
        mean = 0.9 * mean + 0.1 * g
        v_hat = v - mean**2
    else:
        v_hat = v
    if momentum > 0:
        buffer = momentum * buffer + g
    return p - lr * buffer / (sqrt(v_hat) + 1e-8), v, mean, buffer


RMSPROP = Optimizer(
    "rms",
    rmsprop,
    state={"v": 0.0, "mean": 0.0, "buffer": 0.0},
    hyper={"lr": 0.1, "centered": False, "momentum": 0.9},
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_that_is_never_read_is_not_kept(dtype):
    plain, centered = optimizer_unit(RMSPROP(), dtype), optimizer_unit(RMSPROP(centered=True), dtype)
    assert plain.state == ("v", "buffer")
    assert centered.state == ("v", "mean", "buffer")
    real = np.dtype(dtype).type
    p, g, v, m, b, lr, mu = map(real, (1.0, 0.5, 2.0, 0.1, 0.3, 0.1, 0.9))
    unit = plain.build(njit)
    p2, v2, _, b2 = rmsprop(p, g, v, m, b, lr, False, mu)
    np.testing.assert_allclose(unit(p, g, v, b, lr, mu), (p2, v2, b2), rtol=1e-6)
    np.testing.assert_allclose(
        centered.build(njit)(p, g, v, m, b, lr, mu), rmsprop(p, g, v, m, b, lr, True, mu), rtol=1e-6
    )
    assert {str(t) for t in unit.nopython_signatures[0].return_type} == {dtype}


def swapped(p, g, a, b, lr):
    return p - lr * g, b, a


def test_a_state_at_another_place_is_kept():
    part = Optimizer("swapped", swapped, state={"a": 0.0, "b": 1.0}, hyper={"lr": 0.1})
    assert optimizer_unit(part(), "float32").state == ("a", "b")


def test_a_rule_without_states_returns_a_tuple_too():
    for f in (lambda p, g, lr: p - lr * g, lambda p, g, lr: (p - lr * g,)):
        unit = optimizer_unit(Optimizer("sgd", f, state={}, hyper={"lr": 0.1})(), "float64").build(njit)
        assert unit(1.0, 2.0, 0.25) == (0.5,)


def decayed(p, g, m, lr, beta, bias, t_squared):
    m = beta * m + (1 - beta) * g
    return p - lr * m / bias * t_squared, m


def test_scalars_take_the_step_and_some_hyperparameters_by_name():
    part = Optimizer(
        "decayed",
        decayed,
        hyper={"lr": 0.1, "beta": 0.9},
        scalars=lambda t, beta: (1 - beta**t, t**2 if t < 3 else 9),
    )
    unit = scalars_unit(part()).build(njit)
    assert unit(2, 0.1, 0.9) == pytest.approx((1 - 0.9**2, 4.0), rel=1e-15)
    assert unit(5, 0.1, 0.9) == pytest.approx((1 - 0.9**5, 9.0), rel=1e-15)
    rule = optimizer_unit(part(), "float32").build(njit)
    arguments = map(np.float32, (1.0, 0.5, 0.0, 0.1, 0.9, 0.1, 1.0))
    np.testing.assert_allclose(rule(*arguments), (0.95, 0.05), rtol=1e-6)


def test_one_scalar_need_not_be_a_tuple_and_no_scalars_are_none():
    part = Optimizer("one", lambda p, g, lr, s: p - s * g, state={}, hyper={"lr": 0.1}, scalars=lambda t, lr: lr / t)
    assert scalars_unit(part()).build(njit)(4, 2.0) == (0.5,)
    assert scalars_unit(RMSPROP()) is None


def too_few(p, g, m, v, lr):
    return p - lr * g, m


TOO_FEW = Optimizer("f", too_few, state={"m": 0.0, "v": 0.0}, hyper={"lr": 1.0})
TWO_DERIVATIVES = Activation("f", lambda x: x, derivative=lambda x, y: (1, 2))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: activation_unit(Activation("f", row_softmax, rowwise=True)(), "float32"), "pass one with derivative="),
        (lambda: loss_unit(Loss("f", likelihood, rowwise=True)(), "float32"), "pass one with gradient="),
        (
            lambda: activation_unit(Activation("f", lambda x: x, derivative=lambda x, y: (1, 2))(), "float32"),
            "it must return a number, not a tuple of 2",
        ),
        (
            lambda: optimizer_unit(Optimizer("f", too_few, state={"m": 0.0, "v": 0.0}, hyper={"lr": 1.0})(), "float32"),
            "it must return a tuple of 3, not a tuple of 2",
        ),
    ],
)
def test_refusals(make, says):
    with pytest.raises(PluginError) as error:
        make()
    assert says in str(error.value)


def test_the_key_is_the_same_in_every_process(tmp_path):
    """Whatever the hash seed and the place of the file."""
    source = """
import math
from fastnn.formula import activation_unit
from fastnn.parts.kinds import Activation
def make(c):
    def f(x, a): return helper(x) * c + a
    return f
def helper(x): return math.tanh(x) / 3
part = Activation("f", make(0.1), derivative=lambda x, y, a: helper(x), parameters={"a": 1.0})
print(activation_unit(part(), "float32").key)
"""
    keys = []
    for seed, name in (("1", "a.py"), ("2", "b.py")):
        path = tmp_path / seed / name
        path.parent.mkdir()
        path.write_text("\n" * int(seed) + source)
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)}
        done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, check=True)
        keys.append(done.stdout)
    assert keys[0] == keys[1]
    assert len(keys[0].strip()) == 64
