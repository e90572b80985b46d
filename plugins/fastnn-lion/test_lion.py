"""Lion against the paper's algorithm in NumPy, and on digits."""

import numpy as np
import pytest
from fastnn_lion import fastnn_optimizers

import fastnn
from fastnn import testing


def test_the_part():
    [part] = fastnn_optimizers()
    testing.check(part)


@pytest.mark.parametrize(("lr", "beta1", "beta2", "decay"), [(1e-4, 0.9, 0.99, 0.0), (0.03, 0.8, 0.5, 0.1)])
def test_algorithm_2_of_the_paper(lr, beta1, beta2, decay):
    rng = np.random.default_rng(0)
    theta, m = rng.normal(size=50), np.zeros(50)
    ours, step = theta.copy(), fastnn.ops.optimizer("lion", lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay).step
    for _ in range(30):
        g = rng.normal(size=50) * (rng.random(50) < 0.8)  # some are 0
        step(ours, g)
        c = beta1 * m + (1 - beta1) * g
        theta = theta - lr * (np.sign(c) + decay * theta)
        m = beta2 * m + (1 - beta2) * g
    assert ours == pytest.approx(theta, rel=1e-13, abs=1e-15)


def test_every_step_has_the_same_size():
    p = np.zeros(3)
    fastnn.ops.optimizer("lion", lr=0.5).step(p, np.array([1e-30, -1e30, 0.0]))
    assert p.tolist() == [-0.5, 0.5, 0.0]


def test_nan_is_noticed():
    p = np.zeros(1)
    fastnn.ops.optimizer("lion").step(p, np.array([np.nan]))
    assert np.isnan(p).all()


def test_it_trains_with_one_number_per_parameter():
    [part] = fastnn_optimizers()
    assert list(part.state) == ["m"]  # Adam has two
    model = fastnn.fit("digits", hidden=128, optimizer="lion:lr=0.0003", epochs=40)
    assert model.history[-1].metrics["accuracy"] > 0.92
