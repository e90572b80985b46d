"""Settings that say how to read data hold for tables too, or are refused."""

from __future__ import annotations

import multiprocessing
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fastnn
from fastnn.errors import DataError, DataWarning, UsageError

ROWS = 40
RNG = np.random.default_rng(1)


def houses() -> pd.DataFrame:
    size = RNG.normal(size=ROWS)
    gone = np.arange(ROWS) % 9 == 4
    return pd.DataFrame(
        {
            "size": np.where(gone, -999.0, size),
            "rooms": np.where(gone, -999, RNG.integers(1, 9, ROWS)),
            "kind": np.where(gone, "?", np.where(size > 0, "flat", "house")),
            "price": size,
        }
    )


MAKERS = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
    "dictionaries": lambda table: table.to_dict("records"),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("categorical", [(), ("rooms",)])
def test_na_values_are_missing_in_tables_as_in_files(maker, categorical, tmp_path):
    file = tmp_path / "houses.csv"
    table = houses()
    table.to_csv(file, index=False)
    given = MAKERS[maker](table)
    settings = {"epochs": 2, "na_values": ["-999", "?"], "categorical": categorical}
    with pytest.warns(DataWarning, match="12 empty cells in 3 columns"):
        ours, theirs = fastnn.fit(given, **settings), fastnn.fit(file, **settings)
    with pytest.warns(DataWarning, match="12 empty cells"):
        assert ours.predict(given).tobytes() == theirs.predict(given).tobytes() == theirs.predict(file).tobytes()
    assert ours.network.parameters.tobytes() == theirs.network.parameters.tobytes()
    assert ours.preprocessing.na_values == theirs.preprocessing.na_values == ("-999", "?")


def test_texts_among_numbers_may_be_missing_values():
    a = pd.Series([1.5, "nix", 2.5, 3.5] * 5, dtype=object)
    table = pd.DataFrame({"a": a, "b": [-1] * 20, "y": np.arange(20) / 2})
    with pytest.raises(DataError, match="values of several types"):
        fastnn.fit(table, epochs=1)
    with pytest.raises(DataError, match="column 'b' is empty"):
        fastnn.fit(table, epochs=1, na_values=["nix", -1])
    with pytest.warns(DataWarning, match="5 empty cells in 1 column"):
        assert fastnn.fit(table, epochs=1, na_values="nix", ignore="b").preprocessing.numbers == ("a",)


def test_arrays_have_no_texts_for_missing_values(tmp_path):
    file = tmp_path / "t.npz"
    np.savez(file, X=houses()[["size"]], y=np.arange(ROWS) / 2)
    with pytest.raises(UsageError, match=r"na_values: .*t\.npz holds arrays of numbers, in which only NaN is missing"):
        fastnn.fit(file, na_values="-999", epochs=1)
    assert repr(fastnn.fit(file, epochs=1)) == "Model(regression of y from 1 column, network 1-128-1)"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"header": "no"}, "header = 'no' is for files, but no file is read: leave it out"),
        ({"decimal": "comma", "validation": 0.3}, "decimal = 'comma' is for files"),
        ({"format": "tsv", "validation": houses()}, "format = 'tsv' is for files"),
        ({"ignore": "price"}, "ignore price: this column is the target. Name another one: target"),
        ({"hidden": np.array([3, 4])}, "hidden = array.* is not allowed: it must be widths"),
    ],
)
def test_what_is_refused(settings, words):
    with pytest.raises(UsageError, match=words):
        fastnn.fit(houses(), epochs=1, **settings)


def test_what_is_allowed(tmp_path):
    table = houses().drop(columns="kind")
    table.to_csv(tmp_path / "more.csv", index=False)
    for settings in ({"header": "auto"}, {"header": "yes", "test": tmp_path / "more.csv"}):
        assert fastnn.fit(table, epochs=1, **settings).history
    assert fastnn.fit(table, epochs=1, validation=np.float32(0.25)).history[0].validation_loss is not None
    assert fastnn.fit(table, epochs=1, validation=np.int64(0)).history[0].validation_loss is None


def test_the_training_table_is_no_test_table():
    table, other = houses(), houses()
    with pytest.raises(UsageError, match="the test table: these are the training data"):
        fastnn.fit(table, test=table, epochs=1)
    with pytest.raises(UsageError, match="the test table: these are the validation data"):
        fastnn.fit(table, test=other, validation=other, epochs=1)
    assert fastnn.fit(table, test=other, epochs=1).history


def test_rows_without_a_target_in_evaluate():
    model, table = fastnn.fit(houses(), epochs=1), houses()
    table.loc[3, "price"] = np.nan
    with pytest.raises(DataError, match='leave them out with missing_target="drop"'):
        model.evaluate(table)
    with pytest.warns(DataWarning, match="1 of 40 rows have no target"):
        found = model.evaluate(table, missing_target="drop")
    assert found == model.evaluate(table.drop(index=3))
    with pytest.raises(UsageError, match=r"missing_target = 'dorp' is not allowed.*Did you mean 'drop'"):
        model.evaluate(table, missing_target="dorp")


def test_a_text_that_is_not_unicode():
    with pytest.raises(DataError, match="column 'kind' holds a text that is not Unicode"):
        fastnn.fit([{"kind": "\ud800", "price": 1}, {"kind": "b", "price": 2}], epochs=1)


def test_notes_are_sentences():
    rows = [{"a": f"t{i}", "b": f"u{i}", "c": f"v{i}", "d": f"w{i}", "y": float(i)} for i in range(10)]
    rows[0] |= {"a": None, "b": None, "c": None, "d": None}
    with pytest.warns(DataWarning) as notes:
        fastnn.fit(rows, epochs=1, validation=None)
    assert [str(note.message) for note in notes] == [
        "the table: 4 empty cells in 4 columns count as no category: a (1), b (1), c (1) ..."
    ]


def predicted(model, table, answers):
    answers.put(model.predict(table).tolist())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="the system has no fork")
def test_predictions_of_categories_in_a_forked_process():
    table = houses()
    model = fastnn.fit(table, epochs=1)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later: about threads of the parent
        process = context.Process(target=predicted, args=(model, table, answers), daemon=True)
        process.start()
    found = answers.get(timeout=60)
    process.join()
    assert found == model.predict(table).tolist()


def test_no_hidden_layer():
    """None means none, as for validation; it used to mean the default of 128 units."""
    rows = [{"x": i / 2, "y": i * 1.5} for i in range(20)]
    assert fastnn.fit(rows, hidden=None, epochs=1).network.sizes == (1, 1)
