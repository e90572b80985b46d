"""Casts that would merge values that matter are refused; labels that are texts name the line that encodes them."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.data.dataset import make_dataset
from fastnn.data.table import Table

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(300, 2))
SECONDS = 1.6e9 + NOISE * [1, 1e7]  # the second column is wide enough


def train(X=NOISE, y=NOISE[:, 0], dtype="float32", **options):
    net = fastnn.Network([2, 1], dtype=dtype)
    fastnn.train(net, X, y, **{"loss": "mse", "epochs": 1, "lr": 1e-30, **options})


def first(given):
    """The first column of an array or of nested lists."""
    return [row[0] for row in given] if isinstance(given, list) else given[:, 0]


USES = {
    "train X": lambda given, dtype: train(X=given, dtype=dtype),
    "train y": lambda given, dtype: train(y=first(given), dtype=dtype),
    "validation X": lambda given, dtype: train(validation=(given, NOISE[:, 0]), dtype=dtype),
    "validation y": lambda given, dtype: train(validation=(NOISE, first(given)), dtype=dtype),
    "gradients X": lambda given, dtype: fastnn.gradients(fastnn.Network([2, 1], dtype=dtype), given, NOISE[:, 0]),
    "gradients y": lambda given, dtype: fastnn.gradients(fastnn.Network([2, 1], dtype=dtype), NOISE, first(given)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_values_that_would_merge(use):
    words = r"(X, column 0|y): float32 has steps of 128 .* 1.6e\+09, .* subtract the mean first, or use dtype="
    for given in (SECONDS, SECONDS.astype(np.int64), SECONDS.tolist()):
        with pytest.raises(fastnn.DataError, match=words):
            use(given, "float32")
        use(given, "float64")
    use(SECONDS - SECONDS.mean(axis=0), "float32")
    use(SECONDS.astype(np.float32), "float32")  # the values have been merged elsewhere


@pytest.mark.parametrize(
    "column",
    [
        np.full(300, 1.6e9),
        np.zeros(300),
        np.where(np.arange(300) % 2, 0.3, 0.1 + 0.2),  # rounding
        NOISE[:, 0],
        np.arange(300) % 30 + 1990.0,
        1e4 + NOISE[:, 0],
        np.append(NOISE[1:, 0], 1e12),  # an outlier widens the column
        1.6e9 + NOISE[:, 0] * 2e4,
    ],
)
def test_values_that_stay_apart(column):
    train(X=np.stack([column, NOISE[:, 1]], axis=1))


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_the_limit_is_1_percent_of_the_standard_deviation(share):
    column = 1.6e9 + NOISE[:, 0] / NOISE[:, 0].std() * 128 * 100 * share
    if share > 1:
        train(X=np.stack([column, NOISE[:, 1]], axis=1))
    else:
        with pytest.raises(fastnn.DataError, match="more than 1 %"):
            train(X=np.stack([column, NOISE[:, 1]], axis=1))


def test_counts_of_a_table():
    counts = np.round(SECONDS[:, 0] + 100 * NOISE[:, 1])
    matrix = np.stack([NOISE[:, 1], counts], axis=1)
    table = Table("t.csv", ("a", "y"), matrix, {"a": 0, "y": 1}, targets=("y",))
    with pytest.raises(fastnn.DataError, match=r"t\.csv: the target y: float32 has steps of 128"):
        make_dataset(table, kind="count")
    assert len(make_dataset(table, kind="count", dtype="float64").y) == 240
    assert len(make_dataset(table, kind="real").y) == 240  # standardized first


def test_integers_beyond_float64():
    with pytest.raises(fastnn.DataError, match=r"float64 has steps of 256 .*: subtract the mean first\."):
        train(X=2**60 + np.arange(600).reshape(300, 2), dtype="float64")


LABELS = ["a", "b", None] * 100


@pytest.mark.parametrize("y", [LABELS, np.array(LABELS, object), np.array(["a", "b", "c"] * 100)])
def test_labels_that_are_texts(y):
    line = r"classes, y = np\.unique\(y, return_inverse=True\)"
    for loss, more in (("cross_entropy", ""), ("hinge", r"; y = 2 \* y - 1"), ("binary_cross_entropy", "")):
        net = fastnn.Network([2, 3 if loss == "cross_entropy" else 1])
        for use in (fastnn.train, fastnn.gradients):
            with pytest.raises(fastnn.DataError, match=rf"y holds texts; .*{line}{more}\. Or use fastnn\.fit"):
                use(net, NOISE, y, loss=loss)
    with pytest.raises(fastnn.DataError, match=r"y = np\.asarray\(y, float\)"):
        train(y=np.array(["1.5"] * 300))


def test_masks_of_every_kind():
    net = fastnn.Network([2, 1])
    records = np.ma.zeros(3, dtype=[("a", float), ("b", [("c", float)])])
    records[1] = np.ma.masked
    masked = np.ma.array(NOISE, mask=True)
    for given in (masked, [[np.ma.masked, 1.0]], [[1.0, np.ma.masked]], [list(masked)], records):
        for use in (net.forward, net.predict, lambda X: train(X=X), lambda X: train(validation=(X, NOISE[:, 0]))):
            with pytest.raises(fastnn.DataError, match="has masked values"):
                use(given)
