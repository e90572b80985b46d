"""Texts that mean the same category: equal texts, or one number in two spellings."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.data.dataset import apply, make_dataset
from fastnn.data.matching import merged, places
from fastnn.data.table import Table, Text, encode_texts
from fastnn.errors import DataError


@pytest.mark.parametrize(
    ("labels", "texts", "found"),
    [
        ("1 2 3", "3 1.0 2.00 +2 2e0 .2e1", [2, 0, 1, 1, 1, 1]),
        ("1 2", "True False one 1_0 0x1 1.0.0 nan inf ١", [-1] * 9),
        ("01 1", "01 1 1.0 001", [0, 1, 1, -1]),  # 001 is the number of both
        ("01 02", "1 2.0 001 3", [0, 1, 0, -1]),
        ("1 1.0", "1 1.0 1.00", [0, 1, -1]),
        ("a b", "b c", [1, -1]),
        ("0.1 -0", "0.10 0 -.1", [0, 1, -1]),
        ("9007199254740993", "9007199254740992 9007199254740993.0", [-1, 0]),  # one float64, two numbers
        ("1", "1e99999 1e9999999", [-1, -1]),
        ("", "1", [-1]),
    ],
)
def test_places(labels, texts, found):
    assert places(labels.split(), texts.split()).tolist() == found


@pytest.mark.parametrize(
    ("labels", "counts", "kept"),
    [
        ("1 1.0 2", (1, 5, 1), "1.0 2"),
        ("1 1.0 1.00", (3, 3, 1), "1"),
        ("01 1 1.0", (1, 1, 2), "01 1.0"),
        ("1 True", (1, 1), "1 True"),
        ("007 07 7", (1, 1, 1), "007 07 7"),
    ],
)
def test_merged(labels, counts, kept):
    assert merged(labels.split(), counts) == tuple(kept.split())


def table(codes: list[str], y=None, source="t.csv", **more) -> Table:
    y = np.arange(float(len(codes))) if y is None else y
    target = y if isinstance(y, Text) else np.asarray(y)
    texts = {"code": encode_texts(np.array(codes))} | ({"y": target} if isinstance(target, Text) else {})
    vectors = {} if isinstance(target, Text) else {"y": target}
    return Table(source, ("code", "y"), np.empty((len(codes), 0)), {}, vectors, texts, ("y",), **more)


def test_spellings_of_one_number_are_one_category_in_training():
    data = make_dataset(table(["1", "1.0", "2", "1", "b"]), validation=None)
    assert data.preprocessing.texts == (("code", ("1", "2", "b")),)
    assert data.X.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert any("spellings of one number" in note and "code" in note for note in data.notes) and data.changes
    plain = make_dataset(table(["1", "01", "2", "1", "b"]), validation=None)
    assert plain.preprocessing.texts == (("code", ("01", "1", "2", "b")),) and not plain.changes


def test_a_column_that_mostly_does_not_match_is_refused():
    data = make_dataset(table(["1", "2", "1", "2"]), validation=None)
    fitted = data.preprocessing
    X, notes = fitted.inputs(table(["1.0", "2.00", "+1"]))
    assert X.tolist() == [[1, 0], [0, 1], [1, 0]] and not notes
    X, notes = fitted.inputs(table(["1", "True", ""]))  # half of the cells that are not empty
    assert X.tolist() == [[1, 0], [0, 0], [0, 0]] and "'True' (1 row)" in " ".join(notes)
    strange = table(["True", "False", "1"], source="n.csv")
    words = (
        "n.csv: only 1 of 3 rows have a category of column 'code' that the training rows had. "
        "Here: 'False', 'True'; in training: '1', '2'. .*leave the cells empty"
    )
    with pytest.raises(DataError, match=words):
        fitted.inputs(strange)
    with pytest.raises(DataError, match="only 1 of 3"):
        apply(fitted, strange, [])
    with pytest.raises(DataError, match="only 1 of 3"):
        make_dataset(table(["1", "2", "1", "2"]), validation=strange)
    with pytest.raises(DataError, match="only 0 of 2"):
        make_dataset(table(["1", "2", "1", "2"], test=table(["x", "y"])), validation=None)
    some = make_dataset(table([str(i) for i in range(10)]), validation=0.5)  # validation rows may hold anything
    assert some.validation is not None and not some.validation[0].any()


@pytest.mark.parametrize(
    ("trained", "given", "expected"),
    [
        (["1", "2", "1", "x"], ["1.0", "x", "2"], [0, 2, 1]),
        ([1, 2, 1, 2], ["1.0", "2", "2.00"], [0, 1, 1]),
        (["01", "02", "x", "01"], [1, 2, 1], [0, 1, 0]),
    ],
)
def test_labels_of_classes_match_in_the_same_way(trained, given, expected):
    def column(values):
        return encode_texts(np.array(values)) if isinstance(values[0], str) else np.array(values, float)

    fitted = make_dataset(table(list("abab"), column(trained)), validation=None, kind="class").preprocessing
    assert apply(fitted, table(list("aba"), column(given)), [])[1].tolist() == expected
    with pytest.raises(DataError, match="'True', which is not one of the classes"):
        apply(fitted, table(["a"], column(["True"])), [])
