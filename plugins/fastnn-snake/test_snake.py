"""Snake against its formula and derivatives in NumPy, and on a sine beyond the data."""

import numpy as np
import pytest
from fastnn_snake import fastnn_activations
from scipy.optimize import approx_fprime

import fastnn
from fastnn import testing

X = np.linspace(-9, 9, 101)


def test_the_part():
    [part] = fastnn_activations()
    testing.check(part)


@pytest.mark.parametrize("a", [0.1, 0.5, 1.0, 7.0])
def test_equation_3_of_the_paper(a):
    assert fastnn.ops.activation("snake", X, a=a) == pytest.approx(X + np.sin(a * X) ** 2 / a, abs=1e-12)
    # 1 + sin(2 a x): the authors' form of the derivative
    assert fastnn.ops.activation_derivative("snake", X, a=a) == pytest.approx(1 + np.sin(2 * a * X), abs=1e-12)


def test_known_values():
    assert fastnn.ops.activation("snake", [0.0, np.pi / 2, np.pi, -np.pi / 2], a=1.0) == pytest.approx(
        [0.0, np.pi / 2 + 1, np.pi, 1 - np.pi / 2]
    )


def test_the_gradient_of_a():
    rng = np.random.default_rng(0)
    net = fastnn.Network([3, 5, 1], activation="snake", dtype="float64", seed=1)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
    (w1, b1), (w2, b2) = net.weights

    def loss(a):
        z = x @ w1 + b1
        return np.mean(((z + np.sin(a[0] * z) ** 2 / a[0]) @ w2 + b2 - y) ** 2)

    found = fastnn.gradients(net, x, y, loss="mse").layers[0].activation["a"]
    assert found == pytest.approx(approx_fprime([0.5], loss, 1e-7)[0], rel=1e-5)


def test_it_goes_on_outside_the_data():
    """sin(x) for -10 < x < 10, then from 10 to 16: R² of other activations is below 0 there."""
    x, far = (np.linspace(*ends, 300, dtype=np.float32)[:, None] for ends in ((-10, 10), (10, 16)))
    r2 = {}
    for activation in ("snake:a=1", "relu", "tanh"):
        net = fastnn.Network([1, 16, 1], activation=activation, seed=0)
        fastnn.train(net, x, np.sin(x), loss="mse", optimizer="adam", lr=0.01, epochs=500, batch_size=64, seed=0)
        error = net.forward(far) - np.sin(far)
        r2[activation] = 1 - np.var(error) / np.var(np.sin(far)) - error.mean() ** 2 / np.var(np.sin(far))
    assert r2["snake:a=1"] > 0.5 and r2["relu"] < 0 and r2["tanh"] < 0, r2
