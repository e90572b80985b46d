"""The focal loss against SciPy's log_softmax and differences, its limits, and on a rare class."""

import numpy as np
import pytest
from fastnn_focal import fastnn_losses
from scipy.special import expit, log_softmax
from sklearn.datasets import make_classification
from sklearn.metrics import recall_score

import fastnn
from fastnn import testing


def reference(z, y, gamma):
    """The mean of -(1 - p)^gamma log p over rows, p the probability of the target."""
    log_p = log_softmax(z, axis=1)[np.arange(len(z)), y]
    return np.mean(-((1 - np.exp(log_p)) ** gamma) * log_p)


def differences(z, y, gamma, h=1e-6):
    slope = np.zeros_like(z)
    for index in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[index] = h
        slope[index] = (reference(z + step, y, gamma) - reference(z - step, y, gamma)) / (2 * h)
    return slope


def test_the_part():
    [part] = fastnn_losses()
    testing.check(part)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_equation_4_of_the_paper(gamma, classes):
    rng = np.random.default_rng(classes)
    z, y = rng.normal(size=(12, classes)) * 2, rng.integers(0, classes, 12)
    assert fastnn.ops.loss("focal", z, y, gamma=gamma) == pytest.approx(reference(z, y, gamma), rel=1e-12)
    assert fastnn.ops.loss_gradient("focal", z, y, gamma=gamma) == pytest.approx(differences(z, y, gamma), abs=1e-8)


def test_gamma_0_is_cross_entropy():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(50, 4)) * 5, rng.integers(0, 4, 50)
    for function in (fastnn.ops.loss, fastnn.ops.loss_gradient):
        assert function("focal", z, y, gamma=0) == pytest.approx(function("cross_entropy", z, y), rel=1e-12, abs=1e-15)


def test_two_classes_are_the_sigmoid_form_of_the_paper():
    z = np.linspace(-30, 30, 61)
    two = np.stack([np.zeros_like(z), z], axis=1)
    q = expit(-z)
    assert fastnn.ops.loss("focal", two, np.ones(61, int), reduction="sum") == pytest.approx(
        np.sum(q**2 * np.logaddexp(0, -z)), rel=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_far_from_0_nothing_is_lost(dtype, gamma):
    """Sure and right: loss and gradient are tiny, not 0 or NaN. Sure and wrong: those of cross-entropy."""
    z = np.array([[10.0, -10.0], [-500.0, 500.0], [500.0, -500.0]], dtype)
    losses = [fastnn.ops.loss("focal", z[i : i + 1], [0], gamma=gamma) for i in range(3)]
    slopes = fastnn.ops.loss_gradient("focal", z, [0, 0, 0], gamma=gamma, reduction="sum")
    q = expit(-20.0)
    assert losses == pytest.approx([q**gamma * np.log1p(np.exp(-20.0)), 1000.0, 0.0], rel=1e-5)
    expected = -(gamma + 1) * q ** (gamma + 1)
    assert slopes[:2, 0] == pytest.approx([expected, -1.0], rel=1e-4)
    assert slopes[2] == pytest.approx([0.0, 0.0])
    assert slopes.sum(axis=1) == pytest.approx(0, abs=1e-6)


def test_more_of_a_rare_class_is_found():
    """3 in 100 samples are of class 1: with the same training, more of them are recognized."""
    X, y = make_classification(6000, 20, n_informative=4, weights=[0.97], flip_y=0, class_sep=0.8, random_state=1)
    X, recall = X.astype(np.float32), {}
    for loss in ("cross_entropy", "focal"):
        net = fastnn.Network([20, 32, 2], seed=0)
        fastnn.train(net, X[:4000], y[:4000], loss=loss, epochs=20, seed=0)
        recall[loss] = recall_score(y[4000:], net.predict(X[4000:]))
    assert recall["focal"] > 1.5 * recall["cross_entropy"] > 0, recall
