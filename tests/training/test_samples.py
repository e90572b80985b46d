"""The samples to train on and to validate on."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan
from fastnn.training.samples import Samples

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(33, 2)), RNG.normal(size=33)


def samples(X=X, y=Y, validation=None, seed=0, dtype="float64"):
    net = fastnn.Network([2, 1], dtype=dtype)
    return Samples(X, y, training_plan(net.plan, loss=resolve("loss", "mse")), validation, seed)


def test_arrays_that_fit_are_not_copied():
    found = samples(X, Y[:, None])
    assert found.X is X and np.shares_memory(found.y, Y)
    assert found.train_rows.tolist() == list(range(33)) and not found.validates


@pytest.mark.parametrize(("fraction", "held_out"), [(0, 0), (0.01, 1), (0.2, 7), (0.5, 16), (0.96, 32), (0.999, 32)])
def test_a_fraction_is_drawn_by_the_seed(fraction, held_out):
    found = samples(validation=fraction)
    rows = found.validation[2]
    assert len(rows) == held_out and sorted([*rows, *found.train_rows]) == list(range(33))
    assert found.validation[0] is X and found.validates == (held_out > 0)
    assert (found.validation_targets[:, 0] == Y[rows]).all()
    assert (samples(validation=fraction).validation[2] == rows).all()
    if 1 < held_out < 32:
        assert (samples(validation=fraction, seed=1).validation[2] != rows).any()


def test_a_pair_is_taken_as_it_is():
    for pair in ((X[:5], Y[:5]), [X[:5].tolist(), Y[:5].tolist()]):
        found = samples(validation=pair)
        assert len(found.train_rows) == 33 and found.validation[2].tolist() == [0, 1, 2, 3, 4]
        assert (found.validation_targets[:, 0] == Y[:5]).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"X": np.where(X[7, 1] == X, np.nan, X)}, r"X\[7, 1\] is nan: NaN and infinity .* Such values: 1"),
        ({"X": np.where(X[7, 1] == X, np.inf, X)}, r"X\[7, 1\] is inf: NaN"),
        ({"X": np.where(X > 0, np.inf, -np.inf)}, r"X\[0, \d\] is -?inf.* Such values: 66"),
        ({"X": X * 1e300, "dtype": "float32"}, r"X\[0, 0\] is -?inf \(or beyond what float32 holds\)"),
        ({"X": X[:, :1]}, r"X has shape \(33, 1\); it must be \(samples, 2\)"),
        ({"X": X.astype(str)}, "X holds <U32; it must hold numbers"),
        ({"y": Y[:5]}, r"y has shape \(5,\), but there are 33 samples"),
        ({"X": X[:0], "y": Y[:0]}, "no samples to train on"),
        ({"X": X[:1], "y": Y[:1], "validation": 0.2}, "1 row cannot be divided .*: set validation to 0"),
        ({"validation": (X[:, :1], Y)}, r"validation X has shape \(33, 1\)"),
        ({"validation": (X * np.nan, Y)}, r"validation X\[0, 0\] is nan"),
        ({"validation": (X, Y[:3])}, r"validation y has shape \(3,\)"),
        ({"validation": (X[:0], Y[:0])}, "validation X holds no samples"),
    ],
)
def test_data_that_cannot_be_learned_from(changed, words):
    with pytest.raises(fastnn.DataError, match=words):
        samples(**changed)


def test_the_last_samples():
    found = samples(validation="last:0.2")
    assert found.train_rows.tolist() == list(range(26)) and found.validation[2].tolist() == list(range(26, 33))
    assert found.X is X


@pytest.mark.parametrize("wrong", [1.0, -0.1, "much", True, (X,), (X, Y, Y), "last:1", "last:0"])
def test_validation_is_a_fraction_a_pair_or_none(wrong):
    with pytest.raises(fastnn.UsageError, match=r"validation( = .*below 1|: give a fraction, a pair)"):
        samples(validation=wrong)


def test_huge_numbers_are_numbers():
    assert samples(np.full((33, 2), 1.7e308)).X.max() == 1.7e308
