"""The rows of several networks: every row validates in one fold and trains in the others."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.config.values import validating
from fastnn.data.share import Folds
from fastnn.data.split import partition, rotate
from fastnn.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("rows", "folds", "test"), [(932, 4, 0.0), (20, 4, 0.2), (5, 4, 0.0), (3, 8, 0.0), (2, 4, 0.0)]
)
def test_every_row_validates_once(rows, folds, test):
    found = rotate(rows, folds, test, seed=3)
    tested = partition(rows, 0.0, test, 3).test
    kept = np.setdiff1d(np.arange(rows), tested)
    assert len(found) == min(folds, len(kept))
    np.testing.assert_array_equal(np.sort(np.concatenate([parts.validation for parts in found])), kept)
    for parts in found:
        np.testing.assert_array_equal(parts.test, tested)
        np.testing.assert_array_equal(np.union1d(parts.training, parts.validation), kept)
        assert not set(parts.training) & set(parts.validation)
        assert abs(len(parts.validation) - len(kept) / len(found)) < 1
    other = rotate(rows, folds, test, seed=4)
    assert rows < 10 or not np.array_equal(found[0].validation, other[0].validation)


def test_each_fold_has_its_share_of_each_class_and_a_class_with_one_row_always_trains():
    classes = np.array([0] * 40 + [1] * 5 + [2] * 2 + [3])
    found = rotate(48, 4, 0.0, 0, classes)
    assert all(47 in parts.training for parts in found)
    counts = np.array([np.bincount(classes[parts.validation], minlength=4) for parts in found])
    assert (np.ptp(counts, axis=0) <= 1).all() and counts.sum(axis=0).tolist() == [40, 5, 2, 0]
    assert np.ptp(counts.sum(axis=1)) <= 1


def test_too_few_rows():
    with pytest.raises(DataError, match="1 row cannot be divided"):
        rotate(1, 4, 0.0, 0)


def test_folds_as_text():
    assert validating("folds:4", "--validation") == validating(Folds(4), "x") == Folds(4) and str(Folds(4)) == "folds:4"
    for wrong in ("folds", "folds:", "folds:1", "folds:x", "folds:1001", "folds:-4"):
        with pytest.raises(UsageError, match="from 2 to 1000, such as folds:4"):
            validating(wrong, "--validation")
