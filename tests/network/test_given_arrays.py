"""Arrays from users that would lose a mask or a gradient are refused."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn import ops

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X.sum(axis=1)


class Tensor:
    """What PyTorch does with a tensor that requires a gradient."""

    requires_grad = True

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


class Elsewhere:
    """A tensor in the memory of a GPU."""

    def __array__(self, *_, **__):
        raise TypeError("can't convert cuda:0 device type tensor to numpy.")


def network():
    return fastnn.Network([3, 4, 1], dtype="float64", seed=1)


def assign(given):
    network().weights[0] = (given, np.zeros(4))


def assign_all(given):
    net = network()
    net.weights = [(given, np.zeros(4)), net.weights[1]]


USES = {
    "forward": lambda given: network().forward(given),
    "layers": lambda given: network().forward(given, layers=True),
    "predict": lambda given: network().predict(given),
    "train X": lambda given: fastnn.train(network(), given, Y, loss="mse", epochs=1),
    "validation X": lambda given: fastnn.train(network(), X, Y, loss="mse", epochs=1, validation=(given, Y)),
    "train y": lambda given: fastnn.train(network(), X, given, loss="mse", epochs=1),
    "validation y": lambda given: fastnn.train(network(), X, Y, loss="mse", epochs=1, validation=(X, given)),
    "gradients X": lambda given: fastnn.gradients(network(), given, Y),
    "gradients y": lambda given: fastnn.gradients(network(), X, given),
    "activation": lambda given: ops.activation("relu", given),
    "activation_derivative": lambda given: ops.activation_derivative("relu", given),
    "loss": lambda given: ops.loss("mse", given, X),
    "loss target": lambda given: ops.loss("mse", X, given),
    "loss_gradient": lambda given: ops.loss_gradient("mse", given, X),
    "weights[0]": assign,
    "weights": assign_all,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_tensor_that_requires_a_gradient(use):
    with pytest.raises(fastnn.DataError, match=r"is a Tensor that requires a gradient: give .*\.detach\(\)\.numpy\(\)"):
        use(Tensor())


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_tensor_that_numpy_cannot_reach(use):
    with pytest.raises(fastnn.DataError, match="is not an array of numbers: can't convert cuda:0"):
        use(Elsewhere())


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_masked_values_are_refused(use):
    masked = np.ma.masked_greater(X, 1.0)
    assert masked.mask.any()
    for given in (masked, list(masked)):
        with pytest.raises(fastnn.DataError, match=r"has masked values, .* leave out these samples, or .*filled\("):
            use(given)


def test_a_mask_of_nothing_is_no_mask():
    for mask in (np.ma.nomask, np.zeros(X.shape, bool)):
        unmasked = np.ma.array(X, mask=mask)
        assert (network().forward(unmasked) == network().forward(X)).all()
        assert ops.loss("mse", unmasked, X) == 0
        assert (ops.matmul(unmasked.T, unmasked) == ops.matmul(X.T, X)).all()
        net = network()
        net.weights[0] = (np.ma.ones((3, 4)), np.zeros(4))
        assert (net.weights[0][0] == 1).all()


@pytest.mark.parametrize("name", ["a", "b", "bias"])
def test_masked_operands_of_a_product(name):
    given = {"a": np.ones((2, 3)), "b": np.ones((3, 2)), "bias": np.ones(2)}
    given[name] = np.ma.array(given[name], mask=True)
    with pytest.raises(fastnn.DataError, match=rf"matmul: {name} has masked values: .* {name}\.filled\(number\)"):
        ops.matmul(given["a"], given["b"], bias=given["bias"])


def test_masked_arrays_for_an_optimizer():
    opt = ops.optimizer("sgd", lr=1.0)
    p, masked = np.ones(3), np.ma.array(np.ones(3), mask=[0, 1, 0])
    for parameters, gradients, name in ((masked, p, "parameters"), (p, masked, "gradients")):
        with pytest.raises(fastnn.DataError, match=f"step: {name} has masked values"):
            opt.step(parameters, gradients)
    opt.step(p, np.ma.ones(3))
    assert (p == 0).all()


def unaligned() -> np.ndarray:
    return np.zeros(8 * 3 + 1, np.uint8)[1:].view(np.float64)


@pytest.mark.parametrize(
    ("parameters", "gradients", "words"),
    [
        (unaligned(), np.zeros(3), "parameters are not aligned, gradients in order"),
        (np.zeros(3), unaligned(), "parameters are in order, gradients not aligned"),
        (np.zeros(6)[::2], np.zeros(6)[::2], "parameters are not c_contiguous, gradients not c_contiguous"),
        (np.broadcast_to(0.0, 3), np.zeros(3), "parameters are not c_contiguous and not writeable, gradients in order"),
    ],
)
def test_an_optimizer_says_what_is_wrong_with_arrays(parameters, gradients, words):
    with pytest.raises(fastnn.DataError, match=f"C-contiguous and aligned, and parameters writeable. Here {words}"):
        ops.optimizer("sgd").step(parameters, gradients)
