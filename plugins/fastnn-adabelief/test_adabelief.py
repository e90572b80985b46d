"""AdaBelief against the paper's algorithm in NumPy, on the paper's example, and on digits."""

import numpy as np
import pytest
from fastnn_adabelief import fastnn_optimizers

import fastnn
from fastnn import testing


def test_the_part():
    [part] = fastnn_optimizers()
    testing.check(part)


@pytest.mark.parametrize(
    ("lr", "beta1", "beta2", "eps"), [(1e-3, 0.9, 0.999, 1e-16), (0.1, 0.5, 0.9, 1e-3), (1.0, 0.0, 0.0, 0.1)]
)
def test_algorithm_2_of_the_paper(lr, beta1, beta2, eps):
    rng = np.random.default_rng(0)
    theta, m, s = rng.normal(size=50), np.zeros(50), np.zeros(50)
    ours, step = theta.copy(), fastnn.ops.optimizer("adabelief", lr=lr, beta1=beta1, beta2=beta2, eps=eps).step
    for t in range(1, 31):
        g = rng.normal(size=50)
        step(ours, g)
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m) ** 2 + eps
        theta = theta - lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)
    assert ours == pytest.approx(theta, rel=1e-11)


def test_a_parameter_without_gradient_stays():
    p, optimizer = np.ones(1, np.float32), fastnn.ops.optimizer("adabelief")
    for _ in range(1000):
        optimizer.step(p, np.zeros(1, np.float32))
    assert p[0] == 1.0


def test_steps_grow_where_gradients_agree():
    """|x| + |y| / 10, figure 2 of the paper: Adam goes on by lr a step, AdaBelief accelerates."""

    def f(x):
        return abs(x[0]) + abs(x[1]) / 10

    def slope(x):
        return np.array([np.sign(x[0]), np.sign(x[1]) / 10])

    found = {o: fastnn.minimize(f, slope, [2.0, 2.0], optimizer=o, lr=0.01, steps=100) for o in ("adam", "adabelief")}
    assert found["adam"].x == pytest.approx([1.0, 1.0], abs=1e-3)
    assert abs(found["adabelief"].x).max() < 0.1


def test_it_trains():
    model = fastnn.fit("digits", hidden=128, optimizer="adabelief", epochs=30)
    assert model.history[-1].metrics["accuracy"] > 0.95
