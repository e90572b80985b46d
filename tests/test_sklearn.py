"""The same network with the same initial weights, trained by scikit-learn's MLP: equal after three epochs."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import fastnn

OPTIMIZERS = {
    "sgd": {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
    "momentum": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
}


def trained(model, optimizer: str, loss: str, X, y, lr: float, outputs: int):
    """(ours, theirs) after three epochs from their first weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = model.set_params(max_iter=1).fit(X, y)
        first = [(np.zeros_like(W), np.zeros_like(b)) for W, b in zip(theirs.coefs_, theirs.intercepts_, strict=True)]
        rng = np.random.default_rng(1)
        for W, b in first:
            W[:], b[:] = rng.normal(0, 0.4, W.shape), rng.normal(0, 0.1, b.shape)
        theirs = model.set_params(max_iter=3, warm_start=False)
        theirs._init_coef = _given(first)
        theirs.fit(X, y)
    net = fastnn.Network([X.shape[1], 17, 9, outputs], activation="tanh", dtype="float64")
    net.weights = first
    fastnn.train(
        net, X, y, loss=loss, optimizer=optimizer, lr=lr, batch_size=31, epochs=3, validation=None, shuffle=False
    )
    return net, theirs


def _given(weights):
    layers = iter([(W.copy(), b.copy()) for W, b in weights])
    return lambda fan_in, fan_out, dtype: next(layers)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_classifier(optimizer):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 13)), rng.integers(0, 4, 100)
    model = MLPClassifier(
        (17, 9), activation="tanh", learning_rate_init=0.05, batch_size=31, shuffle=False, alpha=0.0,
        tol=0.0, **OPTIMIZERS[optimizer],
    )  # fmt: skip
    net, theirs = trained(model, optimizer, "cross_entropy", X, y, 0.05, 4)
    for (W, b), V, c in zip(net.weights, theirs.coefs_, theirs.intercepts_, strict=True):
        np.testing.assert_allclose(W, V, rtol=0, atol=1e-8)
        np.testing.assert_allclose(b, c, rtol=0, atol=1e-8)
    np.testing.assert_allclose(net.predict_proba(X), theirs.predict_proba(X), atol=1e-8)
    assert (net.predict(X) == theirs.predict(X)).all()


def test_regressor_whose_loss_is_half_of_ours():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(64, 5))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    model = MLPRegressor(
        hidden_layer_sizes=(17, 9), activation="tanh", learning_rate_init=0.02, batch_size=31, shuffle=False, alpha=0.0,
        tol=0.0, **OPTIMIZERS["momentum"],
    )  # fmt: skip
    net, theirs = trained(model, "momentum", "mse", X, y, 0.01, 1)
    for (W, b), V, c in zip(net.weights, theirs.coefs_, theirs.intercepts_, strict=True):
        np.testing.assert_allclose(W, V, rtol=0, atol=1e-8)
        np.testing.assert_allclose(b, c, rtol=0, atol=1e-8)
