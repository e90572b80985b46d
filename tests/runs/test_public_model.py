"""The public side of a Model: what it takes and returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fastnn
from fastnn.data.python.python_words import in_python

ROWS = [{"a": float(i % 7), "b": i % 5, "k": "uvw"[i % 3], "y": 100.0 * i} for i in range(40)]


@pytest.fixture(scope="module")
def mixed():
    return fastnn.fit(ROWS, hidden=4, epochs=2)


@pytest.fixture(scope="module")
def numbers():
    return fastnn.fit(ROWS, ignore="k", hidden=4, epochs=2)


def test_names(mixed, numbers):
    assert mixed.features == ("a", "b", "k") and mixed.targets == ("y",) and mixed.classes is None
    assert numbers.features == ("a", "b") and numbers.networks == (numbers.network,)
    assert repr(numbers) == "Model(regression of y from 2 columns, network 2-4-1)"
    lines = mixed.summary().splitlines()
    assert lines[:3] == ["regression: y", "numbers (2): a, b", "categories (1): k (3)"]
    assert lines[3] == "network 5-4-1, relu, 29 parameters, float32"
    assert "loss mse, adam (lr 0.001), batch size 128, seed 0" in lines[4] and lines[5].startswith(
        f"epoch {mixed.epoch} of 2: standardized train loss "
    )


def test_anything_that_is_a_table(mixed, numbers, tmp_path):
    frame = pd.DataFrame(ROWS)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    expected = mixed.predict(frame)
    assert expected.shape == (40,) and expected.dtype == np.float64
    others = [ROWS, tuple(ROWS), str(tmp_path / "rows.csv"), tmp_path / "rows.csv", frame[["k", "b", "a"]]]
    for table in others:
        assert mixed.predict(table).tobytes() == expected.tobytes()
    assert mixed.predict(ROWS[3]).tolist() == [expected[3]]
    array = frame[["a", "b"]].to_numpy()
    for table in (array, array.astype(int), array.tolist()):
        assert numbers.predict(table).tobytes() == numbers.predict(frame).tobytes()


def test_no_rows(mixed, numbers):
    labels = fastnn.fit(ROWS, target="k", epochs=1)
    for table in ([], pd.DataFrame(ROWS).iloc[:0]):
        assert mixed.predict(table).shape == (0,) and labels.predict(table).shape == (0,)
        assert labels.predict_proba(table).shape == (0, 3)
    assert numbers.predict(np.zeros((0, 2))).shape == (0,)
    several = fastnn.fit(ROWS, target=["a", "y"], epochs=1)
    assert several.predict([]).shape == (0, 2) and several.predict(ROWS).shape == (40, 2)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (np.zeros(2), r"shape \(2,\); it must be \(rows, 2\), with the columns a, b.*array\.reshape\(1, -1\)"),
        (np.zeros((3, 4)), r"shape \(3, 4\); it must be \(rows, 2\)"),
        (np.zeros((2, 2), complex), "complex128; it must hold numbers"),
        (np.ma.masked_array([[1.0, 2]], mask=[[True, False]]), "masked values"),
        ([["a", "b"]], "it must hold numbers"),
        ([[1, np.inf]], r"the array, row 0: column \'b\' is infinite"),
        (pd.Series([1, 2]), "one column"),
        ({"a": 1}, "the table lacks a column that the model was trained on: 'b'"),
        ({"a": 1, "B": 1}, r"'b' \(is it 'B'\?\)"),
        ({"a": 1, "b": "x"}, "column 'b' must hold numbers, but it holds texts"),
        ("absent.csv", "absent.csv does not exist"),
        (3, "A table is needed, not int"),
    ],
)
def test_what_is_refused(numbers, table, words):
    with pytest.raises(fastnn.FastnnError, match=words):
        numbers.predict(table)
    with pytest.raises(fastnn.FastnnError):
        numbers.evaluate(table)


def test_arrays_hold_no_categories_and_no_target(mixed, numbers):
    with pytest.raises(fastnn.UsageError, match=r"needs categories \(k\).*list of dictionaries"):
        mixed.predict(np.zeros((2, 3)))
    with pytest.raises(fastnn.DataError, match="the array has no column 'y', which is the target"):
        numbers.evaluate(np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [(["no", "yes"], "U"), ([3, 10], "i"), ([0.5, 1.5], "f"), ([False, True], "b"), (["01", "1"], "U")],
)
@pytest.mark.filterwarnings("ignore:column y. texts that are numbers:fastnn.DataWarning")
def test_labels_as_they_were_written(labels, dtype):
    table = pd.DataFrame({"x": [-1.0, 1.0] * 20, "y": labels * 20})
    model = fastnn.fit(table, task="classification", epochs=60, lr=0.05, hidden=8)
    assert model.classes.tolist() == labels and model.classes.dtype.kind == dtype
    assert (model.predict(table) == table["y"]).all() and model.predict(table).dtype == model.classes.dtype
    assert model.predict_proba(table).shape == (40, 2) and model.evaluate(table)["accuracy"] == 1
    assert (model.predict_proba(table).argmax(axis=1) == [0, 1] * 20).all()


def test_probabilities_that_do_not_exist(mixed):
    with pytest.raises(fastnn.UsageError, match=r"predicts values of y: use model\.predict"):
        mixed.predict_proba(ROWS)
    hinge = fastnn.fit([{"x": i / 2, "y": (i > 9) * 2 - 1} for i in range(20)], loss="hinge", epochs=2)
    assert set(hinge.predict([{"x": -5.0}, {"x": 15.0}])) <= {-1, 1} and hinge.classes.tolist() == [-1, 1]
    with pytest.raises(fastnn.UsageError, match="trained with 'hinge'"):
        hinge.predict_proba({"x": 1.0})


@pytest.mark.parametrize(
    ("option", "keyword"),
    [
        ("Leave it out: --ignore living area.", 'Leave it out: ignore="living area".'),
        ("treat it so: --categorical x.1.", 'treat it so: categorical="x.1".'),
        ("train with --missing mean, or without: --ignore a.", 'train with missing="mean", or without: ignore="a".'),
        ("if it is data, say --header no", 'if it is data, say header="no"'),
        ("Choose another column: --target.", "Choose another column: target."),
        ("--ignore: t: unknown", "ignore: t: unknown"),
        ("drop them with --missing-target drop.", 'drop them with missing_target="drop".'),
        ("use --output-activation identity", "use output_activation identity"),
        ("Name them: --features ARRAY --target ARRAY.", 'Name them: features="ARRAY" target="ARRAY".'),
        ("; --numeric a,b reads them as numbers", '; numeric="a,b" reads them as numbers'),
        ("a -- dash, x--y", "a -- dash, x--y"),
    ],
)
def test_options_as_keywords(option, keyword):
    assert in_python(option) == keyword


def test_names_from_a_file_do_not_reach_the_terminal_as_they_are():
    model = fastnn.fit([{"a\x1b[2J": i / 2, "y\x07": i / 3} for i in range(20)], epochs=1)
    assert "\x1b" not in model.summary() and "\x07" not in model.summary() + repr(model)


def test_a_dictionary_of_columns_is_not_a_table():
    with pytest.raises(fastnn.UsageError, match=r"pandas\.DataFrame\(dictionary\)"):
        fastnn.fit({"a": [1, 2], "y": [3, 4]})
