"""fastnn.minimize: every optimizer against its reference rule, the reasons to end, divergence, wrong arguments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import bounds, named
from reference_rules import RULES

import fastnn


def square(x):
    return float(np.sum(np.square(x)))


def double(x):
    return 2 * x


@named(bounds("optimizer"))
def test_every_optimizer_takes_the_steps_of_its_reference_rule(bound):
    """With gradients that are given one after the other, whatever x is."""
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=4), rng.normal(size=(31, 4))
    given = iter(gradients)
    found = fastnn.minimize(square, lambda x: next(given), start, bound.spec, lr=0.02, steps=30)
    expected = RULES[bound.name](start, gradients[:30], **{**bound.values, "lr": 0.02})
    assert found.path[0].tolist() == start.tolist()
    np.testing.assert_allclose(found.path[1:], list(expected), rtol=1e-10, atol=1e-12)
    assert found.values == pytest.approx([square(x) for x in found.path])
    assert (found.steps, found.stopped) == (30, "steps")


def test_scalars_and_arrays_take_the_same_way():
    scalar = fastnn.minimize(square, double, 3, lr=0.1)
    vector = fastnn.minimize(square, double, [3.0], lr=0.1)
    table = fastnn.minimize(square, double, [[3.0, 0.0], [0.0, 0.0]], lr=0.1)
    assert scalar.path == pytest.approx(3 * 0.8 ** np.arange(scalar.steps + 1), rel=1e-12)
    assert vector.path[:, 0].tolist() == table.path[:, 0, 0].tolist() == scalar.path.tolist()
    assert type(scalar.x) is float and vector.x.shape == (1,) and table.x.shape == (2, 2)
    assert scalar.value == scalar.x**2


def test_it_stops_where_the_derivative_is_within_the_tolerance():
    found = fastnn.minimize(square, double, 3.0, lr=0.1, tolerance=0.01)
    assert found.stopped == "tolerance" and 2 * abs(found.x) <= 0.01 < 2 * abs(found.path[-2])
    assert fastnn.minimize(square, double, 0.0).steps == 0
    still = fastnn.minimize(square, double, 3.0, lr=1.0, steps=7)  # to and fro, for ever
    assert (still.stopped, still.x, still.value) == ("steps", -3.0, 9.0)
    assert fastnn.minimize(square, double, 3.0, steps=0).path.tolist() == [3.0]


def test_a_function_may_change_and_keep_its_argument():
    kept = []

    def derivative(x):
        kept.append(x)
        x *= 2
        return x

    found = fastnn.minimize(square, derivative, [3.0, 1.0], lr=0.1, steps=5)
    assert found.path[1] == pytest.approx([2.4, 0.8])
    assert kept[0].tolist() == [6.0, 2.0]


@pytest.mark.parametrize(
    ("f", "derivative", "arguments", "told"),
    [
        (square, double, {"lr": 1.1}, r"The derivative grew from 6 to .*lr=0\.11 instead of 1\.1"),
        (square, double, {"lr": 1.1, "steps": 10}, "f rose at each of the 10 steps, from 9 to 345"),
        (square, lambda x: -2 * x, {"steps": 20}, "f rose at each of the 20 steps.*sign of the derivative"),
        (math.exp, lambda x: -math.exp(x), {"lr": 1}, "NaN or infinite at step 2"),  # math.exp raises OverflowError
        (lambda x: np.log(x), lambda x: 1 / x, {"lr": 4}, "NaN or infinite at step 2"),
    ],
)
def test_divergence(f, derivative, arguments, told):
    with pytest.raises(fastnn.Diverged, match=told) as caught:
        fastnn.minimize(f, derivative, 3.0, **arguments)
    result = caught.value.result
    assert result.stopped == "diverged" and len(result.path) == len(result.values) > 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"f": 3}, "f = 3 is not allowed: it must be a function of x"),
        ({"derivative": None}, "derivative = None is not allowed"),
        ({"x0": math.nan}, "x0 = nan is not allowed: it must be a finite number, or an array of them"),
        ({"x0": []}, r"x0 = \[\] is not allowed"),
        ({"x0": "3"}, "x0 holds <U1; it must hold numbers"),
        ({"x0": None}, "x0 holds object; it must hold numbers"),
        ({"optimizer": "sdg"}, "Did you mean 'sgd'"),
        ({"optimizer": "relu"}, "name of another kind of part: activation"),
        ({"lr": -0.1}, "lr = -0.1 is not allowed"),
        ({"tolerance": -1}, "tolerance = -1 is not allowed: it must be a number of at least 0"),
        ({"steps": 2.5}, "steps = 2.5 is not allowed: it must be an integer"),
        ({"f": lambda x: x, "x0": [1.0, 2.0]}, r"f returned an array of shape \(2,\): it must return one number"),
        ({"f": lambda x: None}, "f returned None: .*return missing"),
        ({"f": lambda x: 1j}, "The result of f holds complex128"),
        ({"derivative": lambda x: x[:, None], "x0": [1.0, 2.0]}, r"shape \(2, 1\): it must .*shape \(2,\), that of x0"),
        ({"derivative": lambda x: 1.0, "x0": [1.0, 2.0]}, r"shape \(\): it must return an array of shape \(2,\)"),
        ({"f": lambda x: 1 / x, "x0": 0.0}, "x0 = 0.0: f or its derivative is NaN or infinite there"),
    ],
)
def test_refusals(arguments, told):
    with pytest.raises((fastnn.UsageError, fastnn.DataError), match=told):
        fastnn.minimize(**{"f": square, "derivative": double, "x0": 1.0, **arguments})
