"""Empty cells are filled by default, and said; rows without a target can be left out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fastnn.data.dataset import apply, make_dataset
from fastnn.data.split import split
from fastnn.data.table import Table, Text
from fastnn.errors import DataError

ROWS = 50
RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(ROWS, 2)), RNG.normal(size=ROWS)


def table(source="t.csv", classes=False) -> Table:
    texts = {"kind": Text((np.arange(ROWS) % 3).astype(np.int32), ("x", "y", "z"))}
    y = (Y > 0).astype(float) if classes else Y.copy()
    return Table(
        source, ("a", "b", "kind", "y"), X.copy(), {"a": 0, "b": 1}, {"y": y}, texts, ("y",),
    )  # fmt: skip


def test_what_is_filled_is_said_once_for_the_whole_table():
    gaps = table()
    gaps.matrix[:30, 0] = np.nan
    gaps.matrix[5:9, 1] = np.nan
    gaps.texts["kind"].codes[3:20] = -1
    data = make_dataset(gaps)
    note = "51 empty cells in 3 columns are filled with the training mean (numbers) or no category (texts)"
    assert f"t.csv: {note}: a (30), kind (17), b (4)" in data.notes
    training = split(ROWS, 0.2, 0)[0]
    assert (data.X[np.isin(training, np.arange(30)), 0] == 0).all()
    other = table("n.csv")
    other.matrix[4, 1] = np.nan
    _, notes = data.preprocessing.inputs(other)
    assert notes == ["n.csv: 1 empty cell in 1 column is filled with the training mean: b (1)"]
    with pytest.raises(DataError, match=r"t\.csv, row 1: column 'a' has no value"):
        make_dataset(gaps, missing="error", validation=None)


@pytest.mark.parametrize("classes", [False, True])
def test_rows_without_a_target_change_nothing_else(classes):
    gone = np.array([0, 7, 8, 33, 49])
    gaps = table(classes=classes)
    gaps.vectors["y"][gone] = np.nan
    with pytest.raises(DataError, match=r"t\.csv, row 1.*: the target 'y' has no value.*--missing-target drop"):
        make_dataset(gaps)
    data, whole = make_dataset(gaps, missing_target="drop"), make_dataset(table(classes=classes))
    assert "t.csv: 5 of 50 rows have no target and are left out" in data.notes
    assert data.validation is not None and whole.validation is not None
    for ours, theirs, rows in ((data.X, whole.X, 0), (data.validation[0], whole.validation[0], 1)):
        side = split(ROWS, 0.2, 0)[rows]
        kept = theirs[~np.isin(side, gone)]  # the same rows, in the same order, on the same side
        assert [row.argmax() for row in ours[:, 2:]] == [row.argmax() for row in kept[:, 2:]]
        assert np.corrcoef(ours[:, 0], kept[:, 0])[0, 1] > 0.9999
    fitted = data.preprocessing
    notes: list[str] = []
    found, y = apply(fitted, gaps, notes)
    assert len(found) == len(y) == ROWS - 5 and "5 of 50 rows have no target" in " ".join(notes)
    again = type(fitted).from_json(json.loads(json.dumps(fitted.to_json())), "m")
    assert again == fitted and again.missing_target == "drop"
    bad = table(classes=classes)
    bad.vectors["y"][:3] = np.nan, np.inf, np.nan
    with pytest.raises(DataError, match="row 2"):
        make_dataset(bad, missing_target="drop")
    other = make_dataset(table(classes=classes), validation=gaps, missing_target="drop")
    assert other.validation is not None and len(other.validation[0]) == ROWS - 5


def test_a_side_without_any_target():
    gaps = table()
    gaps.vectors["y"][split(ROWS, 0.2, 0)[1]] = np.nan
    with pytest.raises(DataError, match="all lack a target"):
        make_dataset(gaps, missing_target="drop")
    assert make_dataset(gaps, missing_target="drop", validation=None).validation is None
    fitted = make_dataset(table(), missing_target="drop").preprocessing
    gaps.vectors["y"][:] = np.nan
    with pytest.raises(DataError, match="no row has a target"):
        apply(fitted, gaps, [])


def test_several_targets_of_which_one_is_empty():
    gaps = table()
    gaps.matrix[3, 1] = np.nan
    data = make_dataset(gaps, target=["y", "b"], missing_target="drop", validation=None)
    assert len(data.y) == ROWS - 1
