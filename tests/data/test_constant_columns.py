"""A column that is constant in the training rows keeps its input, which is the same for every row of any table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fastnn.data.dataset import apply, make_dataset
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.split import split
from fastnn.data.table import Table, Text

ROWS = 40
TRAINING, VALIDATION = split(ROWS, 0.2, 0)
RNG = np.random.default_rng(5)
SIZE, PRICE = RNG.normal(size=ROWS), RNG.normal(size=ROWS)


def table(three=3.0, one=0, rows=ROWS, vectors=False, **more) -> Table:
    """A table with a number, two constant columns, a column that is always empty, and a category."""
    numbers = {"size": SIZE[:rows], "three": np.full(rows, three), "empty": np.full(rows, np.nan)}
    texts = {"one": Text(np.full(rows, one, np.int32), ("a", "b")), "kind": Text(np.arange(rows) % 2, ("x", "y"))}
    own = numbers if vectors else {}
    inside = {} if vectors else numbers
    matrix = np.stack([*inside.values(), PRICE[:rows]], axis=1)
    places = {name: i for i, name in enumerate([*inside, "price"])}
    return Table("t.csv", (*numbers, *texts, "price"), matrix, places, own, texts, ("price",), **more)


@pytest.mark.parametrize("vectors", [False, True])
def test_other_values_have_no_effect_and_are_said(vectors):
    fitted = make_dataset(table(vectors=vectors), validation=None).preprocessing
    assert set(fitted.constant) == {"three", "empty", "one"}
    plain, notes = fitted.inputs(table(rows=6))
    assert (plain[:, 1:4] == [0, 0, 1]).all()
    assert len(notes) == 1 and "6 empty cells in 1 column" in notes[0]
    other = table(rows=6, vectors=vectors)
    other.numbers("three")[4] = 7
    other.numbers("empty")[5] = 1e12
    other.texts["one"].codes[2:] = 1, -1, 1, 1
    X, notes = fitted.inputs(other)
    np.testing.assert_array_equal(X, plain)
    assert notes[1] == (
        "t.csv: column 'three' was 3 in every training row; it is 7 in row 5 and is ignored; "
        "column 'empty' was empty in every training row; it is 1,000,000,000,000 in row 6 and is ignored; "
        "column 'one' was 'a' in every training row; it is 'b' in row 3 and is ignored"
    )
    again = Preprocessing.from_json(json.loads(json.dumps(fitted.to_json())), "m")
    assert again == fitted
    found = fitted.to_json()  # as version 0.1 wrote it
    for name in ("constant", "low", "high", "missing_target"):
        del found[name]
    old = Preprocessing.from_json(found, "m")
    X, notes = old.inputs(table(three=7.0, rows=2))
    assert X[:, 1].tolist() == [4, 4] and len(notes) == 1


def test_in_validation_rows():
    whole = table()
    whole.matrix[VALIDATION[0], 1] = 5
    data = make_dataset(whole)
    np.testing.assert_array_equal(data.X, make_dataset(table()).X)
    assert data.validation is not None and not data.validation[0][:, 1].any()
    where = f"it is 5 in row {VALIDATION[0] + 1} and is ignored"
    assert any(where in note for note in data.notes) and "constant" in data.changes[0]
    assert any("2 columns are constant in the training rows and ignored: three, one" in note for note in data.notes)
    assert any("1 column is empty in the training rows and ignored: empty" in note for note in data.notes)
    assert not make_dataset(table()).changes
    other = make_dataset(table(), validation=table(three=4.0, rows=3))
    assert other.validation is not None and not other.validation[0][:, 1].any()
    assert any("it is 4 in row 1" in note for note in other.notes)


def test_what_is_not_constant():
    whole = table()
    whole.matrix[TRAINING[3], 1] = 4  # differs once
    whole.texts["one"].codes[TRAINING[3]] = -1  # one label, and an empty cell
    fitted = make_dataset(whole).preprocessing
    assert fitted.constant == ("empty",)
    images = make_dataset(replace(table(), divisor=255.0)).preprocessing
    assert images.constant == ("one",) and images.low[1] == 0 and images.high[1] == 255
    assert images.inputs(table(three=51.0, rows=1))[0][0, 1] == pytest.approx(0.2)


def test_values_far_beyond_those_of_the_training_rows():
    fitted = make_dataset(table(), validation=None).preprocessing
    low, high, spread = SIZE.min(), SIZE.max(), SIZE.std()
    assert (fitted.low[0], fitted.high[0]) == (low, high)
    other = table()
    other.matrix[:3, 0] = high + 7.9 * spread, low - 7.9 * spread, np.nan
    notes: list[str] = []
    apply(fitted, other, notes, far=True)
    assert not any("far beyond" in note for note in notes)
    other.matrix[[7, 9], 0] = high + 8.1 * spread, 1e4
    other.matrix[:, 1] = 1e9  # constant, so it has no effect
    apply(fitted, other, notes := [], far=True)
    assert f"column 'size' is {high + 8.1 * spread:.6g} in row 8 ({low:.6g} to {high:.6g})" in notes[-1]
    apply(fitted, other, notes := [], rows=np.array([9]), far=True)
    assert "column 'size' is 10,000 in row 10" in notes[-1]
    apply(fitted, other, notes := [])  # in training nothing is said
    assert not any("far beyond" in note for note in notes)


def test_notes_on_many_columns_are_short():
    rng = np.random.default_rng(1)
    matrix, names = rng.normal(size=(30, 9)), tuple(f"n{i}" for i in range(9))
    matrix[:, :4] = 2.0
    places = {name: i for i, name in enumerate(names)}
    whole = Table("t.csv", names, matrix, places, targets=("n8",))
    fitted = make_dataset(whole, validation=None).preprocessing
    other = replace(whole, matrix=matrix * 100)
    notes: list[str] = []
    apply(fitted, other, notes, far=True)
    assert [note.count("column 'n") for note in notes] == [3, 3]
    assert notes[0].endswith("and in 1 more column") and notes[1].endswith("and in 1 more column")
