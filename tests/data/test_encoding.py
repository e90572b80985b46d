"""Quantile bins beside each number, the smooth clip, and where both are fitted."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fastnn.data.dataset import Encoders, dataset_of, make_dataset
from fastnn.data.encoding import encode, fit_bins, smooth_clip
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.question import ask
from fastnn.data.split import Parts
from fastnn.data.table import from_arrays
from fastnn.errors import ModelError


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_encoding_is_0_below_a_bin_a_half_above_it_and_linear_inside(dtype):
    z = np.array([-9.0, -1.0, -0.5, 0.0, 1.0, 2.0, 9.0], dtype)
    out = np.full((7, 2), np.nan, dtype)
    encode(z, (-1.0, 0.0, 2.0), out)
    assert out.tolist() == [[0, 0], [0, 0], [0.25, 0], [0.5, 0], [0.5, 0.25], [0.5, 0.5], [0.5, 0.5]]


def test_the_edges_are_quantiles_and_different_numbers():
    assert fit_bins(np.arange(101.0), 4) == (0, 25, 50, 75, 100)
    assert fit_bins(np.array([np.nan, *[0.0] * 99, 1, 2, 3, 4]), 4) == (0, 1, 4)
    for no_two_bins in ([], [np.nan], [3.0] * 5, [0.0, 1.0] * 5, [1.0, np.nextafter(1.0, 2.0), 1e300]):
        edges = fit_bins(np.array(no_two_bins), 12)
        assert edges == () or np.all(np.diff(edges) > 0)


def test_the_smooth_clip_keeps_small_values_and_the_order_and_never_overflows():
    z = np.array([-3e38, -100, -0.01, 0, 0.01, 100, 3e38], np.float32)
    clipped = smooth_clip(z, 5.0)
    assert clipped.dtype == np.float32 and (np.diff(clipped) > 0).all() and np.abs(clipped).max() == 5
    np.testing.assert_allclose(clipped[2:5], z[2:5], rtol=1e-5)
    np.testing.assert_allclose(smooth_clip(np.array([2.0]), 3.0), 2 / np.sqrt(1 + (2 / 3) ** 2))


def columns(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    X = np.stack([rng.normal(50, 9, rows), rng.exponential(1, rows), np.full(rows, 7.0), np.arange(rows) % 2], axis=1)
    X[::7, 1] = np.nan
    return from_arrays("t", X, X[:, 0] * 2 + rng.normal(size=rows))


def test_inputs_are_numbers_then_bins_and_a_missing_number_has_the_bins_of_the_mean():
    data = make_dataset(columns(), clip=5.0, bins=4, validation=None, features=["x1", "x2", "x3", "x4"])
    fitted = data.preprocessing
    assert [len(edges) for edges in fitted.bins] == [5, 5, 0, 0]  # a constant and a flag have no bins
    assert data.X.shape[1] == fitted.width == 4 + 4 + 4
    z = (columns().matrix[:, 0] - fitted.mean[0]) / fitted.scale[0]
    np.testing.assert_allclose(data.X[:, 0], z / np.sqrt(1 + (z / 5) ** 2), rtol=1e-5)
    place = np.searchsorted(np.array(fitted.bins[0]), z.astype(np.float32), "right") - 1
    np.testing.assert_array_equal((data.X[:, 4:8] >= 0.5).sum(axis=1), np.minimum(place, 4))
    assert data.X[0, 1] == 0 and len(np.unique(data.X[::7, 8:12], axis=0)) == 1


def test_the_encoders_are_fitted_on_the_training_rows_alone():
    table, other = columns(), columns()
    training = np.arange(0, 60, 2)
    other.matrix[1::2] = 1e6  # all that is no training row
    other.vectors["y"][1::2] = -1e6
    fits = []
    for one in (table, other):
        parts = Parts(training, np.arange(1, 60, 2), np.arange(0))
        fits.append(dataset_of(ask(one), parts, Encoders(clip=5.0, bins=12)))
    assert fits[0].preprocessing == fits[1].preprocessing
    np.testing.assert_array_equal(fits[0].X, fits[1].X)
    np.testing.assert_array_equal(fits[0].y, fits[1].y)


def test_it_is_saved_and_damage_is_refused():
    fitted = make_dataset(columns(), clip=5.0, bins=4).preprocessing
    own = replace(fitted, target=replace(fitted.target, mean=(1.0,)))
    whole = replace(fitted, own=(fitted, own, fitted))
    found = json.loads(json.dumps(whole.to_json()))
    assert len(found["own"]) == 2 and found["own_of"] == [0, 1, 0]
    again = Preprocessing.from_json(found, "m")
    assert again == whole and again.own[0] is again.own[2]
    old = {name: value for name, value in fitted.to_json().items() if name not in ("clip", "bins")}
    assert Preprocessing.from_json(old, "m") == replace(fitted, clip=None, bins=())
    for damage in (
        {"bins": [[0, 0], *found["bins"][1:]]}, {"bins": found["bins"][1:]}, {"clip": 0}, {"clip": "x"},
        {"own_of": [0, 7]}, {"own_of": [0, -1]}, {"own_of": [0, True]}, {"own_of": "a"}, {"own": [3]},
        {"bins": [[None, 1]] * 4},
    ):  # fmt: skip
        with pytest.raises(ModelError, match="damaged"):
            Preprocessing.from_json(found | damage, "m")
