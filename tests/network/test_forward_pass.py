"""Predictions of a few rows take a way of their own. Whatever is given, they are those of a program, to the bit."""

from __future__ import annotations

import copy
import os
import pickle
import threading

import numpy as np
import pytest

import fastnn
from fastnn.cpu import forward_pass
from fastnn.device import program
from fastnn.errors import FastnnError

RNG = np.random.default_rng(7)
SHAPES = [[5, 3], [1, 1], [13, 32, 1], [64, 128, 10], [7, 40, 40, 40, 3], [700, 33, 17, 2]]
ROWS = [0, 1, 2, 7, 8, 100, 255, 256, 257, 600]


def by_program(net, X, threads=1):
    """Return the outputs as a program computes them for training and evaluation."""
    with program(net.plan, net.parameters, threads=threads) as prepared:
        return prepared.evaluate(np.ascontiguousarray(X, net.dtype))[0]


def trained(net):
    """Return the network with parameters that are not the initial ones, biases and slopes included."""
    for segment in net.plan.segments:
        net.parameters[segment.slice] += RNG.normal(scale=0.1, size=segment.size)
    return net


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("activation", "last"), [("relu", "identity"), ("prelu", "softmax"), ("gelu", "sigmoid"), ("identity", "tanh")]
)
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_the_bits_are_those_of_a_program(sizes, activation, last, dtype):
    net = trained(fastnn.Network(sizes, activation, last, dtype=dtype, seed=3))
    X = RNG.normal(size=(max(ROWS), sizes[0])).astype(dtype)
    expected = by_program(net, X)
    for rows in ROWS:
        np.testing.assert_array_equal(net.forward(X[:rows]), expected[:rows])
    for row in (0, 99, 300):
        np.testing.assert_array_equal(net.forward(X[row : row + 1]), expected[row : row + 1])


def test_many_rows_have_the_same_bits(monkeypatch):
    net = trained(fastnn.Network([20, 30, 2], seed=1))
    X = RNG.normal(size=(3000, 20)).astype(np.float32)
    few = net.forward(X)
    monkeypatch.setattr(forward_pass, "MAX_WORK", 1e5)  # rows * parameters: most rows are left to a program
    many = net.copy().forward(X)
    np.testing.assert_array_equal(few, many)
    np.testing.assert_array_equal(few, by_program(net, X, threads=2))


def unaligned(X):
    raw = np.zeros(X.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(X.tobytes(), np.uint8)
    return raw[1:].view(X.dtype).reshape(X.shape)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


class Mine(np.ndarray):
    pass


GIVEN = {
    "Fortran order": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every second column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "negative strides": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "one row for all": lambda X: np.broadcast_to(X[:1], X.shape),
    "read-only": read_only,
    "float64": lambda X: X.astype(np.float64),
    "float16": lambda X: X.astype(np.float16),
    "integers": lambda X: (9 * X).astype(np.int64),
    "bytes": lambda X: (9 * X).astype(np.uint8),
    "booleans": lambda X: X > 0,
    "other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "unaligned": unaligned,
    "lists": lambda X: X.tolist(),
    "a list of arrays": list,
    "a subclass": lambda X: X.view(Mine),
    "not a number": lambda X: np.where(X > 1, np.nan, X).astype(X.dtype),
    "infinite": lambda X: np.where(X > 1, np.inf, X).astype(X.dtype),
    "no rows": lambda X: X[:0],
    "no rows, many columns apart": lambda X: np.asfortranarray(X)[:0],
    "one row, other stride": lambda X: X[3::4][:1],
}


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("inputs", [1, 6])
def test_arrays_of_every_kind(inputs, dtype, given):
    net = trained(fastnn.Network([inputs, 9, 3], dtype=dtype, seed=2))
    X = GIVEN[given](np.random.default_rng(1).uniform(0, 3, size=(13, inputs)).astype(dtype))
    net.forward(np.zeros((1, inputs)))  # what is prepared now is used below
    np.testing.assert_array_equal(net.forward(X), by_program(net, np.asarray(X)))


WRONG = {
    "a number too much": np.zeros((2, 4)),
    "flat": np.zeros(3),
    "three axes": np.zeros((2, 1, 3)),
    "a number": np.float32(3),
    "texts": [["a", "b", "c"]],
    "objects": np.array([[1, None, 2]]),
    "complex": np.zeros((2, 3), complex),
    "nothing": None,
    "uneven": [[1, 2, 3], [4]],
    "masked": np.ma.masked_array(np.zeros((2, 3)), [[True, False, False]] * 2),
}


@pytest.mark.parametrize("given", WRONG)
def test_the_same_errors_before_and_after_it_is_prepared(given):
    net = fastnn.Network([3, 4, 2])
    with pytest.raises(FastnnError) as before:
        net.forward(WRONG[given])
    net.predict(np.zeros((1, 3)))
    with pytest.raises(FastnnError) as after:
        net.forward(WRONG[given])
    assert (type(before.value), str(before.value)) == (type(after.value), str(after.value))


def test_it_follows_the_parameters():
    net, X = trained(fastnn.Network([3, 4, 2], activation="prelu")), RNG.normal(size=(5, 3)).astype(np.float32)

    def check():
        np.testing.assert_array_equal(net.forward(X), by_program(net, X))

    check()
    net.weights[0][0][:] *= 2
    check()
    net.activation_parameters[0]["slope"][...] = 0.7
    check()
    net.weights = [(np.ones((3, 4)), np.ones(4)), (np.ones((4, 2)), np.ones(2))]
    check()
    net.parameters = (net.parameters + 1).astype(np.float32)
    check()
    fastnn.train(net, X, X[:, :2], loss="mse", epochs=2, validation=None)
    check()
    assigned = net.parameters
    assigned.flags.writeable = False  # computing does not write
    check()
    net.__dict__["plan"] = fastnn.Network([3, 4, 2], activation="tanh").plan
    net.parameters = np.zeros(net.plan.size, np.float32)
    check()


def test_parameters_that_became_too_short_are_refused():
    net, X = fastnn.Network([3, 4, 2]), np.zeros((1, 3), np.float32)
    net.forward(X)
    net.parameters = net.parameters.copy()
    net.parameters.resize(5, refcheck=False)
    with pytest.raises(FastnnError, match=r"net\.parameters"):
        net.forward(X)


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), fastnn.Network.copy]
)
def test_copies(twin):
    net, X = trained(fastnn.Network([3, 4, 2])), RNG.normal(size=(5, 3)).astype(np.float32)
    expected = net.forward(X)
    other = twin(net)
    np.testing.assert_array_equal(other.forward(X), expected)
    net.parameters = np.zeros_like(net.parameters)  # of the network, not of its copy
    np.testing.assert_array_equal(other.forward(X), expected)
    assert not net.forward(X).any()


def test_results_are_new_arrays():
    net, X = fastnn.Network([3, 4, 2], initializer="ones"), np.ones((2, 3), np.float32)
    first = net.forward(X)
    kept = first.copy()
    net.forward(5 * X)
    np.testing.assert_array_equal(first, kept)
    assert first.flags.owndata
    assert first.flags.writeable


def test_threads_at_once_and_networks_of_other_sizes():
    nets = [trained(fastnn.Network(sizes, dtype=dtype)) for sizes in SHAPES for dtype in ("float32", "float64")]
    Xs = [RNG.normal(size=(300, net.sizes[0])).astype(net.dtype) for net in nets]
    expected = [by_program(net, X) for net, X in zip(nets, Xs, strict=True)]
    wrong: list[object] = []
    together = threading.Barrier(8)

    def predict(seed):
        rng = np.random.default_rng(seed)
        together.wait()
        for _ in range(300):
            i, first = rng.integers(len(nets)), rng.integers(299)
            end = rng.integers(first, 300)
            if not np.array_equal(nets[i].forward(Xs[i][first:end]), expected[i][first:end]):
                wrong.append((i, first, end))

    threads = [threading.Thread(target=predict, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Python 3.12 on forks of processes with threads
def test_after_a_fork():
    net, X = trained(fastnn.Network([3, 4, 2])), RNG.normal(size=(5, 3)).astype(np.float32)
    expected, stop = net.forward(X), threading.Event()

    def busy():
        while not stop.is_set():
            net.forward(X)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(net.forward(X), expected) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        thread.join()


def test_memory_does_not_grow_with_networks_or_calls():
    X = np.zeros((10, 4), np.float32)
    fastnn.Network([4, 5, 1]).forward(X)
    before = len(forward_pass._FREE)
    for seed in range(20):
        net = fastnn.Network([4, 5, 1], seed=seed)
        for _ in range(20):
            net.forward(X)
    assert len(forward_pass._FREE) == before
