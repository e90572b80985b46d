"""Which rows train, validate and test: at random, the last ones, or drawn from each class."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.data import source
from fastnn.data.dataset import make_dataset
from fastnn.data.share import Last, share
from fastnn.data.split import partition, split
from fastnn.data.table import Table, encode_texts
from fastnn.errors import DataError, UsageError


def test_last_is_a_share_of_the_last_rows():
    assert share("last:0.2", "validation") == 0.2 and str(share(" LAST:0.25", "--test")) == "last:0.25"
    assert not isinstance(share(0.2, "validation"), Last) and share("0.2", "validation") == 0.2
    assert isinstance(share(Last(0.5), "validation"), Last)
    training, validation = split(11, Last(0.2), seed=3)
    assert training.tolist() == list(range(9)) and validation.tolist() == [9, 10]


@pytest.mark.parametrize(
    "text", ["last:0", "last:1", "last:x", "last:", "last:-0.2", "last:nan", "last:1e-400", "last:0.2:3"]
)
def test_last_of_nothing(text):
    with pytest.raises(UsageError, match=r"--test = .* must be last:FRACTION with a fraction above 0 and below 1"):
        share(text, "--test")


FRACTIONS = st.one_of(st.just(0.0), st.floats(0.01, 0.7), st.floats(0.01, 0.7).map(Last))


@given(st.integers(1, 60), FRACTIONS, FRACTIONS, st.integers(0, 3), st.integers(1, 4))
def test_every_row_is_in_one_part(rows, validation, test, seed, count):
    classes = None
    if not isinstance(validation, Last) and not isinstance(test, Last):
        classes = np.random.default_rng(seed).integers(0, count, rows)
    try:
        parts = partition(rows, validation, test, seed, classes)
    except DataError as error:
        few = rows < 1 + (validation > 0) + (test > 0)
        assert few or (classes is not None and "single row" in str(error))
        return
    together = np.concatenate(parts)
    assert sorted(together) == list(range(rows)) and len(parts.training)
    for part, fraction in ((parts.validation, validation), (parts.test, test)):
        assert (len(part) > 0) == (fraction > 0) and (np.diff(part) > 0).all()
        if len(part) > 1 and classes is None and len(parts.training) > 1:
            assert abs(len(part) - rows * fraction) <= 0.5
    again = partition(rows, validation, test, seed, classes)
    assert all(np.array_equal(one, two) for one, two in zip(parts, again, strict=True))
    if classes is not None:
        assert set(classes[parts.training]) == set(classes)


def test_test_rows_do_not_change_how_validation_rows_are_drawn():
    """Without test rows, the split is that of version 0.1. They are drawn from another stream."""
    alone, together = partition(1797, 0.2, 0.0, 0), partition(1797, 0.2, 0.2, 0)
    assert alone.validation[:8].tolist() == [10, 16, 19, 20, 23, 30, 39, 42]
    assert len(together.validation) == len(together.test) == 359 and len(together.training) == 1079
    assert not np.array_equal(partition(1797, 0.0, 0.2, 0).test, alone.validation)
    np.testing.assert_array_equal(partition(1797, 0.0, 0.2, 0).test, together.test)


def test_both_may_be_the_last():
    parts = partition(10, Last(0.2), Last(0.3), 0)
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]]


def test_classes_get_their_shares():
    classes = np.random.default_rng(1).permutation(np.repeat([0, 1, 2, 3], [880, 100, 19, 1]))
    parts = partition(1000, 0.2, 0.1, 0, classes)
    assert np.bincount(classes[parts.test], minlength=4).tolist() == [88, 10, 2, 0]
    assert np.bincount(classes[parts.validation], minlength=4).tolist() == [176, 20, 4, 0]
    assert not np.array_equal(parts.test, partition(1000, 0.2, 0.1, 1, classes).test)
    even = partition(120, 0.2, 0.0, 0, np.arange(120) % 10)  # 2.4 rows of each class
    assert len(even.validation) == 24


def table(y, factor: float = 1.0, rows=()) -> Table:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(len(y), 3))
    matrix[:, 2] = y
    matrix[rows] *= factor
    kind = np.array(["a", "b"])[rng.integers(0, 2, len(y))]
    kind[list(rows)] = "a" if factor == 1 else "c"
    places = {"u": 0, "v": 1, "y": 2}
    return Table("t.csv", ("u", "v", "kind", "y"), matrix, places, texts={"kind": encode_texts(kind)}, targets=("y",))


def test_test_rows_have_no_influence():
    """On the preprocessing, the training rows and the validation rows."""
    y = np.random.default_rng(2).normal(10, 3, 50)
    rows = partition(50, 0.2, 0.2, 0).test
    one, other = (make_dataset(table(y, factor, rows), test=0.2) for factor in (1.0, 1000.0))
    assert one.preprocessing == other.preprocessing and len(one.test[0]) == 10 and len(one.X) == 30
    for ours, theirs in ((one.X, other.X), (one.y, other.y), *zip(one.validation, other.validation, strict=True)):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(one.test[1], other.test[1])
    np.testing.assert_array_equal(one.test[0][0], one.preprocessing.inputs(table(y, 1.0, rows), rows[:1])[0][0])


def test_reserved_rows_are_the_default():
    whole = table(np.arange(50.0))
    reserving = replace(whole, test=table(np.arange(20.0)))
    assert len(make_dataset(reserving).test[1]) == 20
    assert make_dataset(reserving, test=0.0).test is None and make_dataset(whole).test is None
    assert len(make_dataset(reserving, test=Last(0.1)).test[1]) == 5
    assert len(make_dataset(whole, test=table(np.arange(7.0))).test[1]) == 7


def test_stratify_is_for_classes():
    data = source.read("moons")
    found = make_dataset(data, stratify=True, test=0.1)
    assert np.bincount(found.validation[1]).tolist() == [100, 100] and np.bincount(found.test[1]).tolist() == [50, 50]
    with pytest.raises(UsageError, match="stratify = true draws rows from each class, but this is a regression, of y"):
        make_dataset(table(np.random.default_rng(0).normal(size=50)), stratify=True)
    with pytest.raises(DataError, match=r"Each class has a single row.* no test rows .* stratify to false"):
        partition(4, 0.2, 0.2, 0, np.arange(4))
