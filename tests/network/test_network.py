"""Networks: sizes, parameters as views, assignment, and the meaning of predictions."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import fastnn
from fastnn.parts.registry import resolve

RNG = np.random.default_rng(2)


def network(sizes=(3, 4, 2), activation="tanh", **settings):
    return fastnn.Network(sizes, activation, **{"dtype": "float64", "bias_initializer": "normal", **settings})


def says(outputs, loss: str | None):
    """A network whose outputs are its inputs, as if it had been trained with that loss; and those outputs."""
    outputs = np.array(outputs, dtype=float)
    net = fastnn.Network([outputs.shape[1]] * 2, dtype="float64")
    net.weights[0][0][...] = np.eye(outputs.shape[1])
    net.loss = resolve("loss", loss) if loss else None
    return net, outputs


def test_sizes_and_shapes():
    net = network([784, 33, 17, 10])
    assert net.sizes == (784, 33, 17, 10) and net.dtype == "float64"
    assert [(W.shape, b.shape) for W, b in net.weights] == [((784, 33), (33,)), ((33, 17), (17,)), ((17, 10), (10,))]
    assert repr(net) == "Network([784, 33, 17, 10], activations: tanh, tanh, identity, float64)"
    assert fastnn.Network([2, 1]).dtype == "float32"
    assert fastnn.Network(np.array([2, 1]), dtype=np.float64).sizes == (2, 1)


def test_an_activation_for_each_layer():
    net = network(
        [2, 3, 4, 1],
        ["relu", "leaky_relu:slope=0.2"],
        output_activation=fastnn.parts.registry.get("activation", "tanh"),
    )
    assert [a.activation.spec for a in net.plan.activations] == ["relu", "leaky_relu:slope=0.2", "tanh"]


def test_weights_are_views_of_one_aligned_buffer():
    net = network([3, 5, 2])
    for tensor in (t for layer in net.weights for t in layer):
        assert np.shares_memory(tensor, net.parameters) and tensor.ctypes.data % 64 == 0
        tensor[...] = 1.0
    used = sum(t.size for layer in net.weights for t in layer)
    assert net.parameters.sum() == used == 3 * 5 + 5 + 5 * 2 + 2  # what lies between the tensors stays 0


def test_assigning_copies_the_numbers_in():
    net = network()
    W, b = RNG.normal(size=(3, 4)), RNG.normal(size=4)
    buffer = net.parameters
    net.weights[0] = (W, b.tolist())
    assert (net.weights[0][0] == W).all() and (net.weights[0][1] == b).all()
    net.weights[-1] = (np.ones((4, 2), dtype=int), np.zeros(2))
    W[:] = 0
    assert net.weights[0][0].any()
    net.weights = other = network(seed=7).weights
    assert all(
        (mine == theirs).all()
        for a, b in zip(net.weights, other, strict=True)
        for mine, theirs in zip(a, b, strict=True)
    )
    assert net.parameters is buffer and len(net.weights) == 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((np.zeros((4, 3)), np.zeros(4)), r"weights\[0\]: W is float64\(4, 3\); it must be float64\(3, 4\)"),
        ((np.ones((3, 4)), np.zeros(3)), r"weights\[0\]: b is float64\(3,\); it must be float64\(4,\)"),
        ((np.ones((3, 4)), np.zeros((4, 1))), r"b is float64\(4, 1\)"),
        ((np.full((3, 4), 1j), np.zeros(4)), "W is complex128"),
        ((np.full((3, 4), "x"), np.zeros(4)), "W is <U1"),
        ((np.ones((3, 4)),), r"weights\[0\]: a pair \(W, b\)"),
        (5, r"weights\[0\]: a pair \(W, b\)"),
    ],
)
def test_what_does_not_fit_is_refused_whole(value, words):
    net = network()
    before = net.parameters.copy()
    with pytest.raises(fastnn.UsageError, match=words):
        net.weights[0] = value
    with pytest.raises(fastnn.UsageError, match=words):
        net.weights = [value, net.weights[1]]
    for wrong in ([net.weights[0]], None, 5):
        with pytest.raises(fastnn.UsageError, match=r"a list of 2 pairs \(W, b\)"):
            net.weights = wrong
    assert (net.parameters == before).all()


def test_layers_that_do_not_exist():
    net = network()
    before = net.parameters.copy()
    pair = (np.ones((3, 4)), np.zeros(4))
    for layer in (2, 9, -3, 10**30):
        with pytest.raises(fastnn.UsageError, match=rf"weights\[{layer}\]: the layers are 0 to 1, or -1 for the last"):
            net.weights[layer] = pair
        with pytest.raises(IndexError, match="the layers are 0 to 1") as caught:
            net.weights[layer]
        assert isinstance(caught.value, fastnn.UsageError)
    for layer in ("a", 1.0, None):
        with pytest.raises(fastnn.UsageError, match=r"weights\[.*\]: a layer is an integer, 0 to 1"):
            net.weights[layer] = pair
        with pytest.raises(fastnn.UsageError, match="a layer is an integer"):
            net.weights[layer]
    with pytest.raises(fastnn.UsageError, match=r"assign one layer, weights\[0\] = \(W, b\), or all"):
        net.weights[0:1] = [pair]
    assert (net.parameters == before).all()
    assert len(net.weights[0:1]) == 1 and net.weights[np.int64(-1)][0].shape == (4, 2)
    assert [W.shape for W, _ in net.weights] == [W.shape for W, _ in (net.weights[0], net.weights[1])]
    assert len(list(reversed(net.weights))) == 2 and "neither" not in net.weights


def test_activation_parameters():
    net = network([2, 3, 3, 1], ["prelu", "tanh"], output_activation="prelu:slope=0.5")
    first, second, third = net.activation_parameters
    assert second == {} and first["slope"] == 0.25 and third["slope"] == 0.5
    first["slope"][...] = -2.0
    assert net.activation_parameters[0]["slope"] == -2.0
    x = RNG.normal(size=(5, 2))
    before, after = net.forward(x, layers=True)[0]
    np.testing.assert_allclose(after, np.where(before > 0, before, -2 * before), rtol=1e-15)


def test_initial_weights_follow_the_seed_and_not_the_dtype():
    a, b, c, single = network(seed=1), network(seed=1), network(seed=2), network(seed=1, dtype="float32")
    assert (a.parameters == b.parameters).all() and (a.weights[0][0] != c.weights[0][0]).all()
    assert (single.weights[0][0] == a.weights[0][0].astype(np.float32)).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sizes": [3]}, r"sizes = \(?\[?3.*at least two integers"),
        ({"sizes": [3, 0]}, "sizes"),
        ({"sizes": [3, 2.5]}, "sizes"),
        ({"sizes": [3, math.inf]}, "sizes"),
        ({"sizes": [3, True]}, "sizes"),
        ({"sizes": "32"}, "sizes"),
        ({"sizes": None}, "sizes"),
        ({"dtype": "float16"}, "dtype = 'float16' is not allowed: it must be one of float32, float64"),
        ({"dtype": "flota32"}, "dtype = 'flota32'.*float32, float64"),
        ({"dtype": None}, "dtype = 'None'.*float32, float64"),
        ({"seed": -1}, "seed = -1.*at least 0"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": 2**63}, r"seed = .*below 2\*\*63"),
        ({"activation": "rellu"}, "Unknown activation 'rellu'. Did you mean 'relu'"),
        ({"activation": ["relu", "relu"]}, "activation: 2 activations for 1 hidden layers"),
        ({"activation": "softmax"}, "'softmax' works on whole rows: use it for the output layer"),
        ({"output_activation": 5}, "activation = 5"),
        ({"initializer": "he"}, "Unknown initializer 'he'.*he_normal"),
        ({"bias_initializer": "he_normal:gain=2"}, "gain"),
    ],
)
def test_wrong_settings_say_what_is_allowed(settings, words):
    with pytest.raises(fastnn.UsageError, match=words):
        network(**settings)


def test_forward_layer_by_layer_is_the_forward_pass():
    net = network([3, 17, 1, 5], ["tanh", "prelu"], output_activation="softmax")
    X = RNG.normal(size=(33, 3))
    layers = net.forward(X, layers=True)
    after = X
    for (W, b), (z, y) in zip(net.weights, layers, strict=True):
        np.testing.assert_allclose(z, after @ W + b, rtol=1e-12, atol=1e-14)
        after = y
    np.testing.assert_allclose(net.forward(X), after, rtol=1e-13)
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-14)


@pytest.mark.parametrize("samples", [0, 1, 255, 256, 257, 1023])
def test_forward_takes_any_number_of_samples(samples):
    net = network()
    X = RNG.normal(size=(samples, 3))
    (W, b), (V, c) = net.weights
    np.testing.assert_allclose(net.forward(X), np.tanh(X @ W + b) @ V + c, rtol=1e-12, atol=1e-14)
    assert [y.shape for _, y in net.forward(X, layers=True)] == [(samples, 4), (samples, 2)]


def test_inputs_of_other_kinds():
    net = network([3, 2])
    X = RNG.integers(-5, 5, size=(7, 3))
    expected = net.forward(X.astype(float))
    for same in (X, X.tolist(), np.asfortranarray(X), X.astype(">f8"), np.repeat(X, 2, axis=0)[::2].astype(np.float32)):
        assert (net.forward(same) == expected).all()
    assert network([1, 2]).forward(np.arange(4.0)).shape == (4, 2)  # a single column may be flat


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros((4, 2)), r"X has shape \(4, 2\); it must be \(samples, 3\)"),
        (np.zeros(3), r"X has shape \(3,\)"),
        (3.0, r"X has shape \(\)"),
        ([["a", "b", "c"]], "X holds <U1; it must hold numbers"),
        ([[1, 2, 3], [1, 2]], "X is not an array of numbers"),
        (np.full((2, 3), None), "X holds object"),
        (np.full((2, 3), 1j), "X holds complex128"),
    ],
)
def test_inputs_that_do_not_fit(wrong, words):
    for use in (network().forward, network().predict, lambda x: network().forward(x, layers=True)):
        with pytest.raises(fastnn.DataError, match=words):
            use(wrong)


def test_numbers_beyond_float32_are_infinite_there():
    outputs = fastnn.Network([1, 1], initializer="ones").forward([[1e300], [-1e300], [math.nan]])
    assert outputs[0] == math.inf and outputs[1] == -math.inf and np.isnan(outputs[2])


@pytest.mark.parametrize(
    ("loss", "outputs", "predicted"),
    [
        (None, [[1.5], [-2.0]], [1.5, -2.0]),
        ("mse", [[1.5, 2.0], [-2.0, 3.0]], [[1.5, 2.0], [-2.0, 3.0]]),
        ("mae", [[1.5], [-2.0]], [1.5, -2.0]),
        ("cross_entropy", [[1.0, 3.0, 2.0], [0.0, -1.0, -5.0]], [1, 0]),
        ("binary_cross_entropy", [[0.5], [-0.5]], [1, 0]),
        ("binary_cross_entropy", [[0.5, -1.0], [-0.5, 4.0]], [[1, 0], [0, 1]]),
        ("hinge", [[0.5], [-0.5]], [1, -1]),
        ("poisson", [[0.0], [math.log(5)]], [1.0, 5.0]),
    ],
)
def test_predictions_are_in_the_targets_own_terms(loss, outputs, predicted):
    net, X = says(outputs, loss)
    found = net.predict(X)
    assert found.shape == np.shape(predicted)
    np.testing.assert_allclose(found, predicted, rtol=1e-12)
    assert (found.dtype.kind == "i") == (loss in ("cross_entropy", "binary_cross_entropy", "hinge"))
    assert net.predict(X[:0]).shape == (0, *np.shape(predicted)[1:])


def test_probabilities():
    net, X = says([[0.0, math.log(3.0)], [800.0, 0.0]], "cross_entropy")
    np.testing.assert_allclose(net.predict_proba(X), [[0.25, 0.75], [1, 0]], rtol=1e-12, atol=1e-300)
    net, X = says([[math.log(3.0)], [-800.0]], "binary_cross_entropy")
    np.testing.assert_allclose(net.predict_proba(X), [[0.25, 0.75], [1, 0]], rtol=1e-12, atol=1e-300)
    net, X = says([[math.log(3.0), 0.0]], "binary_cross_entropy")  # two questions, not two classes
    np.testing.assert_allclose(net.predict_proba(X), [[0.75, 0.5]], rtol=1e-12)


@pytest.mark.parametrize(("loss", "words"), [(None, "it has not been trained"), ("mse", "it was trained with 'mse'")])
def test_no_probabilities_without_a_loss_that_has_them(loss, words):
    net, X = says([[1.0, 2.0]], loss)
    with pytest.raises(fastnn.UsageError, match=f"cross_entropy or binary_cross_entropy; {words}"):
        net.predict_proba(X)


@pytest.mark.parametrize("twin", [fastnn.Network.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_are_independent(twin):
    net = network([3, 5, 2], "prelu")
    net.loss = resolve("loss", "huber:delta=2.5")
    other = twin(net)
    assert repr(other) == repr(net) and other.loss.spec == "huber:delta=2.5"
    X = RNG.normal(size=(4, 3))
    assert (other.forward(X) == net.forward(X)).all()
    other.weights[0][0][...] = 0
    assert net.weights[0][0].all()
