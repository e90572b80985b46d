"""A derivative that is given is compared with differences of the formula, before it is compiled the first time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from every_part import bounds, choices, named

import fastnn
from fastnn import ops
from fastnn.cpu.compiled import compilations
from fastnn.errors import PluginError, UsageError
from fastnn.formula import activation_unit, loss_unit, verify
from fastnn.mathematics import exp, log, sigmoid, tanh
from fastnn.parts.kinds import Activation, Bound, Loss, bind

EXTREME = (1e-12, 1e-6, 1e-3, 30.0, 1e3, 1e6, 1e12, -5.0, 0.999999)
BUILT_IN = [c for kind in ("activation", "loss") for b in bounds(kind) for c in choices(b)]


@named(BUILT_IN)
def test_no_built_in_derivative_is_called_wrong(bound):
    """Also as a plugin's, and with extreme parameters."""
    plugin = replace(bound.part, name="mine")
    verify(bind(plugin, bound.values))
    for value in EXTREME:
        values = dict(bound.values)
        for name in bound.numbers:
            try:
                values[name] = plugin.declared[name].check(value, name)
            except UsageError:
                continue
        verify(Bound(plugin, values))


def right(name, f, derivative):
    return Activation(name, f, derivative=derivative)()


@pytest.mark.parametrize(
    "bound",
    [
        right("steep", lambda x: tanh(1000 * x), lambda x, y: 1000 * (1 - y * y)),
        right("staircase", lambda x: x // 1, lambda x, y: 0),
        right("kinks", lambda x: abs(abs(x) - 1.31), lambda x, y: (-1 if x < 0 else 1) * (-1 if abs(x) < 1.31 else 1)),
        right("half", lambda x: log(x), lambda x, y: 1 / x),
        right("rounded", lambda x: (x + 1e12) - 1e12, lambda x, y: 1),
        right("overflows", lambda x: exp(x * x), lambda x, y: 2 * x * y),
        right("divides", lambda x: 1 / int(x), lambda x, y: 0),
        right("wiggly", lambda x: np.sin(300 * x), lambda x, y: 300 * np.cos(300 * x)),
        Activation("sign", lambda x: np.sign(x), derivative=lambda x, y: 1, check=False)(),
    ],
    ids=lambda bound: bound.name,
)
def test_no_false_alarm(bound):
    verify(bound)


def fill(x, y):
    for i in range(len(x)):
        y[i] = x[i] * x[0]


def fill_back(x, y, dy, dx):
    for i in range(len(x)):
        dx[i] = x[0] * dy[i]


def row(prediction, target):
    total = 0
    for i in range(len(prediction)):
        total += (prediction[i] - target[i]) ** 2
    return total


def row_gradient(prediction, target, out):
    for i in range(len(prediction)):
        out[i] = prediction[i] - target[i]
    return row(prediction, target)


def row_of_four(prediction, target, out):
    for i in range(4):
        out[i] = 2.0 * (prediction[i] - target[i])
    return row(prediction, target)


def row_value(prediction, target, out):
    for i in range(len(prediction)):
        out[i] = 2 * (prediction[i] - target[i])
    return 0.5 * row(prediction, target)


def scaled(x, a):
    return a * x


A = {"parameters": {"a": 1.0}}

WRONG = [
    (Activation("f", lambda x: x * x, derivative=lambda x, y: 3 * x), "at x = 0.013 it is 0.039, .* give 0.026"),
    (Activation("f", lambda x: x**3, derivative=lambda y, x: 3 * x * x), "derivative of 'f' is wrong"),
    (Activation("f", tanh, derivative=lambda x, y: 1.01 * (1 - y * y)), "give 0.99983"),
    (Activation("f", lambda x: max(0.1 * x, x), derivative=lambda x, y: 1), "at x = -0.013 it is 1, .* give 0.1"),
    (Activation("f", lambda x: x, derivative=lambda x, y: (x - x) / (x - x)), "it is nan, .* give 1"),
    (Activation("f", lambda x: x, derivative=lambda x, y: 1 / 0.0 if x > 9 else 1), "float division by zero"),
    (Activation("f", scaled, derivative=lambda x, y, a: 1, **A), "at x = 0.013, a = 1.3125 it is 1, .* give 1.3125"),
    (Activation("f", scaled, derivative=lambda x, y, a: (a, a), trainable=("a",), **A), "of 'f' by a is wrong"),
    (Activation("f", fill, derivative=fill_back, rowwise=True), "by element 0 is wrong: at x = "),
    (Loss("f", lambda p, t: (p - t) ** 2, gradient=lambda p, t: 2 * (t - p)), "gradient of 'f' is wrong"),
    (Loss("f", lambda p, t: exp(p) - t * p, gradient=lambda p, t: exp(p) + t, target="count"), "target = 1"),
    (Loss("f", lambda p, t: exp(p) - t * p, gradient=lambda t, p: exp(p) - t, target="count"), "is wrong"),
    (Loss("f", row, gradient=row_gradient, rowwise=True), r"element 0 is wrong: at prediction = \[.*\], target = \["),
    (Loss("f", row, gradient=row_of_four, rowwise=True), "in row_of_four: .* that a row does not have: count to len"),
    (Loss("f", row, gradient=row_value, rowwise=True), "must also return the loss: at prediction = "),
]


@pytest.mark.parametrize(("part", "says"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_derivative(part, says):
    with pytest.raises(PluginError, match=says) as error:
        verify(part())
    assert "test_verify.py:" in str(error.value)


def test_a_wrong_derivative_is_never_compiled(monkeypatch, tmp_path):
    """Nor loaded, whatever was compiled before: only code that was not checked is kept under another name."""
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path))
    square = {"f": lambda x: x * x + 0.125, "derivative": lambda x, y: 3 * x}
    wrong, free = Activation("square", **square), Activation("square", check=False, **square)
    X, y = np.ones((4, 2)), np.ones(4)
    for _ in range(2):
        with pytest.raises(PluginError, match="the derivative of 'square' is wrong"):
            fastnn.train(fastnn.Network([2, 3, 1], activation=wrong), X, y, loss="mse", epochs=1)
    assert ops.activation_derivative(free, np.array([2.0])) == 6.0
    assert activation_unit(wrong(), "float64").key != activation_unit(free(), "float64").key
    with pytest.raises(PluginError, match="the derivative of 'square' is wrong"):
        ops.activation(wrong, np.array([2.0]))


def test_code_that_is_there_is_not_checked_again(monkeypatch):
    half = {"f": lambda p, t: 0.5 * (p - t) ** 2, "gradient": lambda p, t: p - t}
    assert ops.loss_gradient(Loss("half", **half), [3.0], [1.0]) == [2.0]
    before = compilations()
    monkeypatch.setattr("fastnn.formula.verify", pytest.fail)
    assert ops.loss_gradient(Loss("half", **half), [3.0], [1.0]) == [2.0]
    assert compilations() == before
    assert loss_unit(Loss("half", **half)(), "float64").key == loss_unit(Loss("other", **half)(), "float64").key


def swoosh(x):
    return x * sigmoid(2 * x)


def gaussian(prediction, target, width):
    e = (prediction - target) / width
    return 0.5 * e * e + log(width)


def test_training_with_derived_derivatives_is_training_with_right_ones():
    """As close as rounding in another order lets them be."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(64, 5)).astype("float32")
    y = np.sin(X.sum(axis=1))

    def trained(activation, loss):
        net = fastnn.Network([5, 16, 1], activation=activation, seed=1)
        result = fastnn.train(net, X, y, loss=loss, epochs=20, batch_size=16, seed=2)
        return result.history[0].train_loss, result.history[-1].train_loss

    def slope(x, y):
        s = sigmoid(2 * x)
        return s + x * (2 * (s * (1 - s)))

    parameters = {"width": 0.7}
    derived = trained(Activation("swoosh", swoosh), Loss("gaussian", gaussian, parameters=parameters))
    by_hand = trained(
        Activation("swoosh", swoosh, derivative=slope),
        Loss("gaussian", gaussian, gradient=lambda p, t, w: (p - t) / w / w, parameters=parameters),
    )
    assert derived == pytest.approx(by_hand, rel=1e-4)
    assert derived[1] < 0.5 * derived[0]
