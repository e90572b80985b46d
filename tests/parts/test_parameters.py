"""net.parameters is used in place by compiled code: arrays that do not fit are refused, before and during use."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X.sum(axis=1)
SIZE = 32 + 16 + 16 + 16  # of Network([3, 8, 1]) in float32: each tensor begins with a cache line


def network():
    return fastnn.Network([3, 8, 1], seed=1)


def train(net, **settings):
    return fastnn.train(net, X, Y, **{"loss": "mse", "epochs": 2, "validation": None, **settings})


def misaligned() -> np.ndarray:
    return np.zeros(4 * SIZE + 1, np.uint8)[1:].view(np.float32)


def read_only() -> np.ndarray:
    buffer = np.zeros(SIZE, np.float32)
    buffer.flags.writeable = False
    return buffer


REFUSED = {
    "short": (lambda: np.zeros(5, np.float32), r"is float32\(5,\)"),
    "long": (lambda: np.zeros(SIZE + 1, np.float32), "is float32"),
    "a matrix": (lambda: np.zeros((1, SIZE), np.float32), r"is float32\(1, "),
    "strided": (lambda: np.zeros(2 * SIZE, np.float32)[::2], "has gaps"),
    "backwards": (lambda: np.zeros(SIZE, np.float32)[::-1], "has gaps"),
    "read-only": (read_only, "is read-only"),
    "misaligned": (misaligned, "does not start at a multiple of 4 bytes"),
    "float64": (lambda: np.zeros(SIZE), "is float64"),
    "int32": (lambda: np.zeros(SIZE, np.int32), "is int32"),
    "other byte order": (lambda: np.zeros(SIZE, ">f4"), "is >f4"),
    "a list": (lambda: [0.0] * SIZE, "is a list"),
    "masked": (lambda: np.ma.zeros(SIZE, np.float32), "is a MaskedArray"),
    "nothing": (lambda: None, "is a NoneType"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_arrays_that_do_not_fit_are_refused(make, words):
    net = network()
    before = net.parameters
    wanted = rf"net.parameters {words}.*must be a NumPy array float32\({SIZE},\), C-contiguous, aligned and writeable"
    with pytest.raises(fastnn.UsageError, match=wanted):
        net.parameters = make()
    assert net.parameters is before


def test_nothing_is_written_beyond_a_short_array():
    net, large = network(), np.arange(500, dtype=np.float32)
    with pytest.raises(fastnn.UsageError):
        net.parameters = large[:5]
    train(net)
    assert (large == np.arange(500)).all()


def test_an_array_that_fits_is_used_in_place():
    net, twin = network(), network()
    buffer = np.zeros(SIZE + 3, np.float32)[3:]  # aligned for its dtype, not for a cache line
    buffer[:] = net.parameters
    net.parameters = buffer
    assert net.parameters is buffer
    for one in (net, twin):
        train(one)
    assert net.parameters is buffer and (buffer == twin.parameters).all() and (net.forward(X) == twin.forward(X)).all()


def test_a_memory_map_is_an_array(tmp_path):
    net, twin = network(), network()
    mapped = np.memmap(tmp_path / "parameters", np.float32, "w+", shape=SIZE)
    mapped[:] = net.parameters
    net.parameters = mapped
    for one in (net, twin):
        train(one)
    assert (np.fromfile(tmp_path / "parameters", np.float32) == twin.parameters).all()


def test_read_only_parameters_can_be_used_but_not_trained():
    net = network()
    outputs, before = net.forward(X), net.parameters.copy()
    net.parameters.flags.writeable = False
    with pytest.raises(fastnn.UsageError, match=r"net.parameters is read-only"):
        train(net)
    with pytest.raises(fastnn.UsageError, match=r"weights\[0\]: .* read-only: set net.parameters.flags.writeable"):
        net.weights[0] = net.weights[0]
    with pytest.raises(fastnn.UsageError, match="read-only"):
        net.weights = list(network().weights)
    assert (net.forward(X) == outputs).all() and (net.parameters == before).all()
    assert len(fastnn.gradients(net, X, Y).layers) == 2
    assert train(net.copy()).history


def test_an_array_that_has_become_short_is_not_used():
    net = network()
    net.parameters = np.zeros(SIZE, np.float32)
    net.parameters.resize(5, refcheck=False)
    for use in (lambda: net.forward(X), lambda: train(net), lambda: fastnn.gradients(net, X, Y)):
        with pytest.raises(fastnn.UsageError, match=r"net.parameters is float32\(5,\)"):
            use()


def test_parameters_that_become_read_only_in_on_epoch():
    net = network()

    def freeze(record):
        net.parameters.flags.writeable = False

    with pytest.raises(fastnn.UsageError, match=r"net.parameters is read-only"):
        train(net, epochs=1, on_epoch=freeze)
