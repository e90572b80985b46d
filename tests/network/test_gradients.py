"""Gradients of whole networks, by the engine that trains, against central differences in float64."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.parts import registry

RNG = np.random.default_rng(5)
LOSSES = [part.name for part, _ in registry.parts() if part.kind == "loss"]


def targets(loss: str, samples: int, outputs: int):
    kind = registry.get("loss", loss).target
    if kind == "class":
        return RNG.integers(0, outputs, samples)
    draws = {
        "real": lambda shape: RNG.normal(size=shape),
        "positive": lambda shape: RNG.uniform(0.5, 2, shape),
        "count": lambda shape: RNG.poisson(2.0, shape).astype(float),
        "binary": lambda shape: RNG.integers(0, 2, shape).astype(float),
        "sign": lambda shape: RNG.choice([-1.0, 1.0], shape),
    }
    return draws[kind]((samples, outputs))


def network(sizes, activation="tanh", output_activation="identity"):
    net = fastnn.Network(sizes, activation, output_activation, "xavier_normal", "normal:std=0.1", "float64", seed=3)
    return net


def differences(net, value, step=1e-6):
    """d value() / d every parameter of the network, by central differences."""
    slopes = np.zeros_like(net.parameters)
    for segment in net.plan.segments:
        for i in range(segment.offset, segment.offset + segment.size):
            kept = net.parameters[i]
            net.parameters[i] = kept + step
            above = value()
            net.parameters[i] = kept - step
            below = value()
            net.parameters[i] = kept
            slopes[i] = (above - below) / (2 * step)
    return slopes


def check(net, X, y, loss):
    found = fastnn.gradients(net, X, y, loss)
    slopes = net.plan.views(differences(net, lambda: fastnn.ops.loss(loss, net.forward(X), y)))
    assert found.loss == pytest.approx(fastnn.ops.loss(loss, net.forward(X), y), rel=1e-12)
    for dense, activate, layer in zip(net.plan.dense, net.plan.activations, found.layers, strict=True):
        np.testing.assert_allclose(layer.dW, slopes[dense.weights], rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(layer.db, slopes[dense.bias], rtol=1e-5, atol=1e-8)
        if activate.parameters is not None:
            np.testing.assert_allclose(list(layer.activation.values()), slopes[activate.parameters], rtol=1e-5)
    np.testing.assert_allclose(found.layers[0].dX[0], input_slopes(net, X, y, loss), rtol=1e-5, atol=1e-8)


def input_slopes(net, X, y, loss, step=1e-6):
    slopes = []
    for j in range(X.shape[1]):
        moved = [X.copy(), X.copy()]
        moved[0][0, j] += step
        moved[1][0, j] -= step
        above, below = (fastnn.ops.loss(loss, net.forward(x), y) for x in moved)
        slopes.append((above - below) / (2 * step))
    return slopes


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss):
    net = network([3, 5, 4])
    check(net, RNG.normal(size=(7, 3)), targets(loss, 7, 4), loss)


@pytest.mark.parametrize("sizes", [[2, 2], [5, 3, 2], [3, 17, 4, 2], [4, 3, 6, 5, 2]])
@pytest.mark.parametrize("samples", [1, 31, 33])
def test_depths_and_batches(sizes, samples):
    net = network(sizes)
    check(net, RNG.normal(size=(samples, sizes[0])), targets("cross_entropy", samples, 2), "cross_entropy")


@pytest.mark.parametrize("activation", ["prelu", "silu", "softplus"])
def test_activations(activation):
    net = network([3, 6, 5, 1], [activation, "tanh"])
    check(net, RNG.normal(size=(9, 3)), targets("mse", 9, 1), "mse")


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "prelu"])
def test_output_activations(output):
    net = network([3, 6, 4], output_activation=output)
    check(net, RNG.normal(size=(9, 3)), targets("mse", 9, 4), "mse")


def step_of(net, X, y, **settings):
    """What one step of gradient descent with learning rate 1 takes from every parameter."""
    moved = net.copy()
    fastnn.train(
        moved, X, y, loss="mse", optimizer="sgd", lr=1.0, batch_size=len(X), epochs=1, validation=None, **settings
    )
    return net.parameters - moved.parameters


def test_penalties_are_of_weights_only():
    net = network([3, 6, 2])
    X, y = RNG.normal(size=(9, 3)), targets("mse", 9, 2)

    def penalised():
        weights = np.concatenate([W.ravel() for W, _ in net.weights])
        return fastnn.ops.loss("mse", net.forward(X), y) + 0.03 * abs(weights).sum() + 0.2 / 2 * (weights**2).sum()

    np.testing.assert_allclose(step_of(net, X, y, l1=0.03, l2=0.2), differences(net, penalised), rtol=1e-5, atol=1e-8)


def test_large_batches_are_worked_on_in_pieces():
    net = network([3, 6, 2])
    X, y = RNG.normal(size=(2500, 3)), targets("mse", 2500, 2)
    plain = differences(net, lambda: fastnn.ops.loss("mse", net.forward(X), y))
    np.testing.assert_allclose(step_of(net, X, y), plain, rtol=1e-5, atol=1e-8)


def test_clipping_is_by_the_norm_of_all_gradients():
    net = network([3, 6, 2])
    X, y = RNG.normal(size=(9, 3)), targets("mse", 9, 2)
    gradient = step_of(net, X, y)
    norm = np.sqrt((gradient**2).sum())
    np.testing.assert_allclose(
        step_of(net, X, y, clip_norm=norm / 3), gradient * (norm / 3) / (norm + 1e-6), rtol=1e-12
    )
    np.testing.assert_allclose(step_of(net, X, y, clip_norm=norm * 3), gradient, rtol=1e-12)


def test_dropout_draws_masks_and_goes_back_through_them():
    """A hidden layer that copies its input, so that the mask can be read from the step of the output's weights."""
    samples, width, rate = 40, 50, 0.3
    net = fastnn.Network([width, width, 1], "identity", dtype="float64")
    net.weights = [(np.eye(width), np.zeros(width)), (np.full((width, 1), 0.1), np.zeros(1))]
    X, y = np.ones((samples, width)), np.zeros((samples, 1))
    taken = net.plan.views(step_of(net, X, y, dropout=rate, seed=1))
    again = net.plan.views(step_of(net, X, y, dropout=rate, seed=1))
    other = net.plan.views(step_of(net, X, y, dropout=rate, seed=2))
    assert (taken[0] == again[0]).all() and (taken[0] != other[0]).any()
    # dW0[j, u] is the same for every input j: 2/n * sum over samples of error * 0.1 * mask, and dW1[u] that without 0.1
    np.testing.assert_allclose(taken[0][0] / 0.1, taken[2][:, 0], rtol=1e-10)
    # sum over units of dW1 * 0.1 = 2/n * sum of outputs², and E[mask] = 1: outputs are about width * 0.1
    assert (taken[2] * 0.1).sum() == pytest.approx(2 * (width * 0.1) ** 2, rel=0.1)


def test_dropout_rate_is_kept():
    """One step on one sample: an output weight whose unit was dropped does not move."""
    net = fastnn.Network([1, 4000, 1], "identity", dtype="float64", bias_initializer="ones")
    X, y = np.ones((1, 1)), np.full((1, 1), 1e3)
    moved = net.plan.views(step_of(net, X, y, dropout=0.3))[2]
    assert (moved == 0).mean() == pytest.approx(0.3, abs=0.03)


def test_gradients_under_dropout_are_those_of_the_masked_network():
    """One sample: the masks can be read from where a layer's gradient is 0, and then all follows by hand."""
    net, rate = network([3, 40, 33, 1]), 0.4
    x, y = RNG.normal(size=3), 2.0
    dW0, db0, dW1, db1, dW2, db2 = net.plan.views(step_of(net, x[None], [y], dropout=rate, seed=9))
    first, second = ((dW != 0).any(axis=1) / (1 - rate) for dW in (dW1, dW2))
    assert 0 < np.count_nonzero(first) < 40 and 0 < np.count_nonzero(second) < 33
    (A, a), (B, b), (C, c) = net.weights
    h = np.tanh(x @ A + a)
    k = np.tanh(h * first @ B + b)
    error = 2 * (k * second @ C + c - y)
    back2 = C[:, 0] * error * second * (1 - k**2)
    back1 = B @ back2 * first * (1 - h**2)
    expected = (np.outer(x, back1), back1, np.outer(h * first, back2), back2, np.outer(k * second, error), error)
    for found, exact in zip((dW0, db0, dW1, db1, dW2, db2), expected, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-14)


def test_validation_and_prediction_are_without_dropout():
    net = network([3, 6, 2])
    X, y = RNG.normal(size=(9, 3)), targets("mse", 9, 2)
    record = fastnn.train(net, X, y, loss="mse", lr=0.0, dropout=0.5, epochs=1, validation=(X, y)).history[0]
    assert record.validation_loss == pytest.approx(fastnn.ops.loss("mse", net.forward(X), y), rel=1e-12)
    assert record.train_loss != pytest.approx(record.validation_loss, rel=1e-3)


def test_where_the_loss_is_infinite_there_is_no_gradient():
    net = network([3, 6, 2], "identity")
    found = fastnn.gradients(net, RNG.normal(size=(9, 3)) * 1e200, targets("mse", 9, 2))
    assert found.loss == np.inf
    assert all(np.isnan(layer.dW).all() and np.isnan(layer.db).all() for layer in found.layers)


def test_a_model_is_not_a_network():
    model = fastnn.fit([{"x": i / 2, "y": i / 3} for i in range(9)], epochs=1)
    with pytest.raises(fastnn.UsageError, match=r"net is a Model: it must be a fastnn\.Network"):
        fastnn.gradients(model, [[1.0]], [1.0])
