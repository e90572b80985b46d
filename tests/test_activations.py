"""Every activation in plain Python: derivative, limits, single precision, and the values of other libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import HUGE, POINTS, activate, bounds, central, fill, named, slopes
from onnx_node import onnx_run
from scipy import special

from fastnn.errors import UsageError
from fastnn.parts import registry
from fastnn.parts.kinds import bind

ACTIVATIONS = [b for b in bounds("activation") if not b.part.rowwise]
ROW_ACTIVATIONS = [b for b in bounds("activation") if b.part.rowwise]


@named(ACTIVATIONS)
def test_derivative_is_that_of_the_value(bound):
    for x in POINTS:
        numeric = [central(lambda x: activate(bound, x), x)]
        for name in bound.part.trainable:
            numeric.append(
                central(
                    lambda p, name=name, x=x: activate(bind(bound.part, {**bound.values, name: p}), x),
                    bound.values[name],
                )
            )
        assert slopes(bound, x) == pytest.approx(numeric, rel=1e-6, abs=1e-8)


@named(ACTIVATIONS)
def test_activation_has_its_limit_at_infinity(bound):
    for sign in (-1.0, 1.0):
        far = activate(bound, sign * 1e6)
        for x in [sign * x for x in (*HUGE, math.inf)]:
            y, dy = activate(bound, x), slopes(bound, x)[0]
            if abs(far) < 100:  # bounded
                assert y == pytest.approx(far, abs=2e-3)
            else:
                assert y == math.copysign(abs(y), far) and (abs(y) >= 1 if x < 1e5 else abs(y) > 1e2)
                assert math.isinf(y) == math.isinf(x)
            assert dy == pytest.approx(slopes(bound, sign * 1e6)[0], abs=2e-6)


@named(ACTIVATIONS)
def test_activation_keeps_nan(bound):
    assert math.isnan(activate(bound, math.nan))


@named(ACTIVATIONS)
def test_activation_at_zero(bound):
    y, dy = activate(bound, 0.0), slopes(bound, 0.0)[0]
    assert y == pytest.approx(activate(bound, 1e-9), abs=1e-8)
    left, right = slopes(bound, -1e-9)[0], slopes(bound, 1e-9)[0]
    assert min(left, right) - 1e-8 <= dy <= max(left, right) + 1e-8


@named(ACTIVATIONS)
def test_activation_in_single_precision(bound):
    """From the smallest to the largest float32, in float32 arithmetic: no NaN, close to double precision."""
    exponents = np.linspace(-45, 38.5, 200)
    for x in np.concatenate([-(10**exponents), 10**exponents, np.linspace(-20, 20, 101)]).astype(np.float32):
        values = {n: np.float32(v) for n, v in bound.values.items()}
        with np.errstate(all="ignore"):
            y = bound.part.f(x, *values.values())
            dy = bound.part.derivative(x, np.float32(y), *values.values())
        dy = dy if isinstance(dy, tuple) else (dy,)
        exact = activate(bound, float(x))
        assert y == pytest.approx(exact, rel=1e-5, abs=1e-6)
        assert np.asarray(dy, float) == pytest.approx(slopes(bound, float(x)), rel=1e-5, abs=1e-5)


ORACLES = {
    "identity": lambda x: x,
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


@pytest.mark.parametrize("name", ORACLES)
def test_activation_against_numpy_and_scipy(name):
    bound = registry.resolve("activation", name)
    x = np.concatenate([POINTS, np.linspace(-60, 60, 41)])
    assert [activate(bound, v) for v in x] == pytest.approx(ORACLES[name](x), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("choice", "operator", "attributes"),
    [
        ("sigmoid", "Sigmoid", {}),
        ("tanh", "Tanh", {}),
        ("relu", "Relu", {}),
        ("softplus", "Softplus", {}),
        ("softsign", "Softsign", {}),
        ("leaky_relu", "LeakyRelu", {}),
        ("leaky_relu:slope=0.2", "LeakyRelu", {"alpha": 0.2}),
        ("elu:alpha=1.5", "Elu", {"alpha": 1.5}),
        ("selu", "Selu", {}),
        ("gelu", "Gelu", {}),
        ("gelu_tanh", "Gelu", {"approximate": "tanh"}),
        ("mish", "Mish", {}),
        ("hard_sigmoid", "HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
        ("hard_swish", "HardSwish", {}),
    ],
)
def test_activation_against_onnx(choice, operator, attributes):
    bound = registry.resolve("activation", choice)
    x = POINTS.astype(np.float32)
    (expected,) = onnx_run(operator, [x], 1, **attributes)
    assert [activate(bound, float(v)) for v in x] == pytest.approx(expected, rel=1e-5, abs=2e-6)


def test_relu_takes_the_derivative_at_zero_that_was_chosen():
    for value in (0.0, 0.5, 1.0):
        assert slopes(registry.get("activation", "relu")(at_zero=value), 0.0) == (value,)
    with pytest.raises(UsageError, match="at_zero = 2 is not allowed: it must be a number from 0 to 1"):
        registry.get("activation", "relu")(at_zero=2)


def test_selu_keeps_mean_and_variance():
    """Its constants are the fixed point: standard normal in, mean 0 and variance 1 out."""
    x, w = np.polynomial.hermite_e.hermegauss(200)
    y = np.array([activate(registry.resolve("activation", "selu"), v) for v in x])
    w /= w.sum()
    assert [w @ y, w @ y**2] == pytest.approx([0, 1], abs=1e-3)


@pytest.mark.parametrize("n", [1, 2, 10, 17, 33])
def test_softmax(n):
    bound = registry.resolve("activation", "softmax")
    x = np.random.default_rng(n).normal(scale=5, size=n)
    assert fill(bound, x) == pytest.approx(special.softmax(x), rel=1e-12)
    assert fill(bound, x + 1e6) == pytest.approx(special.softmax(x), rel=1e-8)
    assert fill(bound, np.where(x == x.max(), 3e38, x)) == pytest.approx((x == x.max()) * 1.0)
    assert np.isnan(fill(bound, [math.nan, *x])).all() and np.isnan(fill(bound, [*x, math.nan])).all()
    if n > 1:
        assert fill(bound, [*x, -math.inf]) == pytest.approx([*special.softmax(x), 0.0])


@named(ROW_ACTIVATIONS)
@pytest.mark.parametrize("n", [1, 3, 17])
def test_row_derivative_is_the_transposed_jacobian(bound, n):
    rng = np.random.default_rng(n)
    x, dy, dx = rng.normal(size=n), rng.normal(size=n), np.full(n, np.nan)
    assert bound.part.derivative(x, fill(bound, x), dy, dx, *bound.values.values()) is None
    for j in range(n):
        numeric = central(lambda v, j=j: np.dot(dy, fill(bound, [*x[:j], v, *x[j + 1 :]])), x[j])
        assert dx[j] == pytest.approx(numeric, abs=1e-8)
