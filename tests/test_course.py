"""The worked example of the lecture: two inputs, two hidden neurons, one output; every number to 1e-6."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn

X, Y = np.array([[2.0, 1.0]]), np.array([[5.0]])
W0, B0 = np.array([[0.0, -4.0], [2.0, -1.0]]), np.array([3.0, 1.0])  # columns: neurons 1 and 2
W1, B1 = np.array([[-2.0], [0.0]]), np.array([6.0])
CLOSE = {"rtol": 0, "atol": 1e-6}


@pytest.fixture(params=["float32", "float64"])
def net(request):
    net = fastnn.Network([2, 2, 1], activation="relu", dtype=request.param)
    net.weights = [(W0, B0), (W1, B1)]
    return net


def test_forward(net):
    (o12, o34), (o5, output) = net.forward(X, layers=True)
    np.testing.assert_allclose(o12, [[5, -8]], **CLOSE)
    np.testing.assert_allclose(o34, [[5, 0]], **CLOSE)
    np.testing.assert_allclose(o5, [[-4]], **CLOSE)
    np.testing.assert_allclose(output, net.forward(X), **CLOSE)
    np.testing.assert_allclose(net.predict(X), [-4], **CLOSE)
    assert fastnn.ops.loss("mse", output, Y) == pytest.approx(81, abs=1e-6)
    np.testing.assert_allclose(fastnn.ops.loss_gradient("mse", output, Y), [[-18]], **CLOSE)


def test_gradients(net):
    found = fastnn.gradients(net, X, Y, loss="mse")
    assert found.loss == pytest.approx(81, abs=1e-6)
    hidden, output = found.layers
    np.testing.assert_allclose(output.dZ, [[-18]], **CLOSE)
    np.testing.assert_allclose(output.dW, [[-90], [0]], **CLOSE)
    np.testing.assert_allclose(output.db, [-18], **CLOSE)
    np.testing.assert_allclose(output.dX, [[36, 0]], **CLOSE)
    np.testing.assert_allclose(hidden.dZ, [[36, 0]], **CLOSE)
    np.testing.assert_allclose(hidden.dW, [[72, 0], [36, 0]], **CLOSE)
    np.testing.assert_allclose(hidden.db, [36, 0], **CLOSE)
    np.testing.assert_allclose(hidden.dX, [[0, 72]], **CLOSE)


@pytest.mark.parametrize("optimizer", ["gd", "sgd"])
def test_step(net, optimizer):
    result = fastnn.train(net, X, Y, loss="mse", optimizer=optimizer, lr=1e-3, epochs=1, validation=None)
    assert result.history[0].train_loss == pytest.approx(81, abs=1e-5)
    (w0, b0), (w1, b1) = net.weights
    np.testing.assert_allclose(w1, [[-1.91], [0]], **CLOSE)
    np.testing.assert_allclose(b1, [6.018], **CLOSE)
    np.testing.assert_allclose(w0, [[-0.072, -4], [1.964, -1]], **CLOSE)
    np.testing.assert_allclose(b0, [2.964, 1], **CLOSE)
