"""ZerO against SciPy's Hadamard matrices, its properties, and in twenty layers."""

import math

import numpy as np
import pytest
from fastnn_hadamard import fastnn_initializers
from scipy.linalg import hadamard
from sklearn.datasets import load_digits

import fastnn
from fastnn import testing

SHAPES = [(1, 1), (5, 5), (7, 3), (3, 7), (4, 8), (64, 128), (100, 130), (1, 9), (784, 1000)]


def test_the_part():
    [part] = fastnn_initializers()
    testing.check(part)


@pytest.mark.parametrize(("fan_in", "fan_out"), SHAPES)
def test_algorithm_1_of_the_paper(fan_in, fan_out):
    if fan_out <= fan_in:
        expected = np.eye(fan_out, fan_in)
    else:
        n = 2 ** math.ceil(math.log2(fan_out))
        expected = np.eye(fan_out, n) @ (hadamard(n) / math.sqrt(n)) @ np.eye(n, fan_in)
    found = fastnn.ops.initialize("hadamard", (fan_in, fan_out))
    assert np.array_equal(found, expected.T)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(4, 8), (64, 128), (5, 16)])
def test_wider_layers_keep_lengths(fan_in, fan_out):
    w = fastnn.ops.initialize("hadamard", (fan_in, fan_out))
    assert w @ w.T == pytest.approx(np.eye(fan_in), abs=1e-12)  # for a power of two, else shorter


def test_no_seed_matters():
    one, two = (fastnn.Network([64, 128, 10], initializer="hadamard", seed=seed) for seed in (0, 1))
    assert np.array_equal(one.parameters, two.parameters)
    biases = fastnn.Network([64, 128, 10], bias_initializer="hadamard").weights[0][1]
    assert not biases.any()


def test_twenty_layers_train():
    X, y = load_digits(return_X_y=True)
    accuracy = {}
    for initializer in ("hadamard", "zeros"):
        net = fastnn.Network([64] * 21 + [10], initializer=initializer, seed=0)
        settings = {"optimizer": "sgd", "lr": 0.02, "batch_size": 32, "epochs": 40, "validation": 0.2}
        found = fastnn.train(net, X / 16, y, loss="cross_entropy", **settings)
        accuracy[initializer] = found.history[-1].metrics["accuracy"]
    assert accuracy["hadamard"] > 0.9 and accuracy["zeros"] < 0.2, accuracy
