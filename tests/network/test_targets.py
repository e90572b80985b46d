"""Targets that each kind of loss takes, and errors for all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fastnn
from fastnn.network.targets import Metrics, prepare
from fastnn.parts import registry
from fastnn.parts.registry import resolve

CLASSES = np.array([0, 2, 1])


def prepared(y, loss: str, outputs: int, samples: int = 3, dtype: str = "float64"):
    return prepare(y, resolve("loss", loss), fastnn.Network([1, outputs], dtype=dtype).plan, samples)


@pytest.mark.parametrize(
    "y",
    [
        CLASSES,
        CLASSES.tolist(),
        CLASSES.astype("uint8"),
        CLASSES.astype(float),
        CLASSES[:, None],
        np.eye(3)[CLASSES],
        np.eye(3, dtype=bool)[CLASSES],
    ],
)
def test_classes_by_number_or_one_hot(y):
    for dtype in ("float32", "float64"):
        found = prepared(y, "cross_entropy", 3, dtype=dtype)
        assert found.dtype == dtype and found.shape == (3, 1) and found[:, 0].tolist() == [0, 2, 1]


def test_two_classes_by_bool():
    assert prepared([True, False, True], "cross_entropy", 2)[:, 0].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0, 1, 3], r"y\[2\] = 3: the loss 'cross_entropy' takes class numbers 0 ... 2, one for each of .* 3 outputs"),
        ([0, -1, 1], r"y\[1\] = -1"),
        ([0, 1.5, 1], r"y\[1\] = 1.5"),
        ([0, 1, np.nan], r"y\[2\] = nan"),
        ([np.inf, 1, 1], r"y\[0\] = inf"),
        (np.eye(3) * 2, r"y\[0\] is not one-hot"),
        (np.diag([1, 1, 0]), r"y\[2\] is not one-hot"),
        (np.ones((3, 3)), r"y\[0\] is not one-hot"),
        (np.diag([1, np.nan, 1]), r"y\[1\] is not one-hot"),
        (np.zeros((3, 2)), r"y has shape \(3, 2\): give class numbers \(samples,\), or one-hot \(samples, 3\)"),
        (np.zeros((3, 3, 1)), r"y has shape \(3, 3, 1\)"),
    ],
)
def test_what_is_no_class(y, words):
    with pytest.raises(fastnn.DataError, match=words):
        prepared(y, "cross_entropy", 3)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize(
    ("y", "words"),
    [
        (["a", "b", "c"], "y holds texts"),
        ([None] * 3, "y holds object"),
        (np.zeros(3, complex), "y holds complex128"),
        (np.zeros(3, "M8[s]"), "y holds datetime64"),
        ([[1], [1, 2], [1]], "y is not an array of numbers"),
        ([0, 1], r"y has shape \(2,\), but there are 3 samples"),
        (1, r"y has shape \(\), but there are 3 samples"),
        (None, "y holds object"),
    ],
)
def test_what_is_no_target_of_any_loss(loss, y, words):
    with pytest.raises(fastnn.DataError, match=words.format(loss)) as caught:
        prepared(y, loss, 1 if loss != "cross_entropy" else 2)
    assert caught.value.exit_code == 4


def test_values_of_one_output_may_be_flat():
    assert prepared([1, 2, 3], "mse", 1).tolist() == [[1.0], [2.0], [3.0]]
    assert prepared(np.ones((3, 2)), "mae", 2).shape == (3, 2)
    for y, outputs in ((np.ones(3), 2), (np.ones((3, 1)), 2), (np.ones((3, 2)), 1)):
        with pytest.raises(fastnn.DataError, match=rf"y has shape .*; it must be \(samples, {outputs}\)"):
            prepared(y, "mse", outputs)


@pytest.mark.parametrize(
    ("loss", "good", "bad", "words"),
    [
        ("mse", -1e300, np.nan, r"y\[1, 0\] is nan"),
        ("mse", 0, np.inf, r"y\[1, 0\] is inf"),
        ("poisson", 0, -1, r"y\[1\] = -1: targets of the loss 'poisson' must be 0 or more"),
        ("poisson", 2.5, np.nan, r"y\[1, 0\] is nan"),
        ("binary_cross_entropy", 0, 2, r"y\[1\] = 2: targets of the loss 'binary_cross_entropy' must be 0 or 1"),
        ("binary_cross_entropy", 1, 0.5, "must be 0 or 1"),
        ("hinge", -1, 0, r"y\[1\] = 0: targets of the loss 'hinge' must be -1 or 1"),
    ],
)
def test_limits_of_each_kind(loss, good, bad, words):
    assert prepared([good] * 3, loss, 1).tolist() == [[good]] * 3
    with pytest.raises(fastnn.DataError, match=words):
        prepared([good, bad, good], loss, 1)


def test_numbers_beyond_float32():
    with pytest.raises(fastnn.DataError, match=r"y\[1, 0\] is inf \(or beyond what float32 holds\)"):
        prepared([1.0, 1e300, 2.0], "mse", 1, dtype="float32")


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_outputs_that_are_probabilities_already(loss, output):
    net = fastnn.Network([1, 2], output_activation=output)
    for use in (fastnn.train, fastnn.gradients):
        with pytest.raises(fastnn.UsageError, match="use output_activation='identity'"):
            use(net, [[1.0]], [0], loss=loss)


def test_what_an_output_is_does_not_depend_on_its_name():
    """An activation of one's own may be called as a built-in one, and a built-in one may come under another name."""

    def double(x):
        return 2.0 * x

    def slope(x, y):
        return 2.0

    twice = fastnn.Activation("sigmoid", double, derivative=slope)
    net = fastnn.Network([1, 2], output_activation=twice)
    fastnn.train(net, [[1.0], [2.0]], [0, 1], epochs=1, validation=None)
    renamed = replace(registry.get("activation", "sigmoid"), name="logit_inverse")
    for output in (renamed, renamed(), "logistic"):
        with pytest.raises(fastnn.UsageError, match="applies the softmax itself"):
            fastnn.gradients(fastnn.Network([1, 2], output_activation=output), [[1.0]], [0], loss="cross_entropy")


def measure(loss: str, outputs, targets) -> dict[str, float]:
    return Metrics()(np.array(outputs), np.array(targets), resolve("loss", loss))


def test_accuracy_and_determination():
    y = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]])
    guess = np.array([[1.0, 0.5], [2.0, 0.0], [4.0, 1.0]])
    assert measure("mse", guess, y)["r2"] == pytest.approx(np.mean([1 - 1 / 2, 1 - 0.25 / (2 / 3)]))
    for constant in (1.0, 0.1):  # no spread, nothing to explain, even if the mean of 0.1, 0.1, 0.1 is not 0.1
        assert measure("mse", guess[:, :1], np.full((3, 1), constant)) == {}
    assert measure("poisson", np.full((3, 1), 1e4), y[:, :1])["r2"] == -np.inf  # no warning
    assert measure("poisson", np.log(guess[:, :1]), y[:, :1])["r2"] == pytest.approx(0.5)
    assert measure("cross_entropy", np.eye(3), [[0.0], [1.0], [0.0]])["accuracy"] == pytest.approx(2 / 3)
    assert measure("binary_cross_entropy", [[3.0], [-1.0]], [[1.0], [1.0]]) == {"accuracy": 0.5}
    assert measure("hinge", [[3.0], [-1.0]], [[1.0], [-1.0]]) == {"accuracy": 1.0}
