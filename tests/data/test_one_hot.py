"""A one-hot array of targets is a classification on the command line, as in Python."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.data import source
from fastnn.data.dataset import apply, make_dataset
from fastnn.data.table import Table
from fastnn.errors import DataError

NUMBERS = np.array([0, 2, 1, 0, 2, 2, 0, 1] * 4)


def arrays(tmp_path, y, name="t.npz") -> Table:
    np.savez(tmp_path / name, X=np.random.default_rng(0).normal(size=(len(y), 3)), y=y)
    return source.read(str(tmp_path / name))


@pytest.mark.parametrize("dtype", [bool, "u1", "i8", "f4"])
@pytest.mark.parametrize("classes", [3, 5])  # two of the five never occur
def test_classes(tmp_path, dtype, classes):
    table = arrays(tmp_path, np.eye(classes, dtype=dtype)[NUMBERS])
    data = make_dataset(table, validation=None)
    target = data.preprocessing.target
    assert target.columns == ("y",) and target.classes == tuple(map(str, range(classes)))
    assert target.label_type == "integer" and data.y.tolist() == NUMBERS.tolist()
    assert any(f"'y' is one-hot: it is read as the classes 0 to {classes - 1}" in note for note in data.notes)
    assert data.changes == ("a one-hot target is read as classes",)
    for y in (np.eye(classes, dtype=dtype)[NUMBERS], NUMBERS):
        assert apply(data.preprocessing, arrays(tmp_path, y, "n.npz"), [])[1].tolist() == NUMBERS.tolist()
    with pytest.raises(DataError, match="row 2: 'y' must hold zeros and a single 1"):
        apply(data.preprocessing, arrays(tmp_path, np.array([[1, 0, 0], [1, 1, 0]]), "n.npz"), [])


@pytest.mark.parametrize("options", [{"task": "regression"}, {"kind": "real"}])
def test_a_regression_if_that_is_said(tmp_path, options):
    data = make_dataset(arrays(tmp_path, np.eye(3)[NUMBERS]), validation=None, **options)
    assert data.y.shape == (32, 3) and data.preprocessing.target.task == "regression" and not data.changes


@pytest.mark.parametrize("y", [np.eye(3)[NUMBERS] * 2, np.eye(3)[NUMBERS] * 0.5, np.tile([[1, 1], [0, 1]], (16, 1))])
def test_what_is_not_one_hot(tmp_path, y):
    data = make_dataset(arrays(tmp_path, y), validation=None, kind=None, output=None) if y.std(axis=0).all() else None
    assert data is None or data.preprocessing.target.task == "regression"


def test_columns_of_a_text_file_stay_numbers_and_it_is_said(tmp_path):
    rows = "\n".join(f"{i},{i % 2},{1 - i % 2}" for i in range(20))
    (tmp_path / "t.csv").write_text(f"a,p,q\n{rows}\n")
    data = make_dataset(source.read(str(tmp_path / "t.csv")), target=["p", "q"])
    assert data.preprocessing.target.task == "regression" and data.y.shape[1] == 2
    assert any("the targets p, q are one-hot, but are predicted as 2 numbers" in note for note in data.notes)
