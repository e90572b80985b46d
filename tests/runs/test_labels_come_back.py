"""Predicted labels equal the values of the target's column, whatever its type: their share is the accuracy."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fastnn
from fastnn.errors import DataError, DataWarning

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 2, 60)
X = CODES + RNG.normal(0, 0.6, 60)
WORDS = np.where(CODES, "a", "b").tolist()


def objects(one, other) -> pd.Series:
    return pd.Series([one if code else other for code in CODES], dtype=object)


LABELS = {
    "int8": CODES.astype(np.int8),
    "float16": (CODES * 0.1 + 0.1).astype(np.float16),
    "boolean": pd.array(CODES == 1, dtype="boolean"),
    "uint64 beyond int64": CODES.astype(np.uint64) + np.uint64(2**63),
    "integers beyond uint64": objects(2**70, -(2**70) - 1),
    "integers of 401 digits": objects(10**400, 10**400 + 1),
    "category of integers": pd.Categorical(CODES),
    "category of floats": pd.Categorical(CODES + 0.5),
    "category of booleans": pd.Categorical(CODES == 1),
    "ordered, with an unused category": pd.Categorical(WORDS, categories=["c", "b", "a"], ordered=True),
    "codes": objects("01", "1"),
    "arrow dictionary of integers": pd.arrays.ArrowExtensionArray(pa.array(CODES).dictionary_encode()),
}


def trained(y, **settings):
    table = pd.DataFrame({"x": X, "y": y})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        model = fastnn.fit(table, target="y", task="classification", epochs=5, lr=0.05, **settings)
        return model, table, model.predict(table), model.evaluate(table)["accuracy"]


@pytest.mark.parametrize("case", LABELS)
def test_they_come_back(case, tmp_path):
    model, table, predicted, accuracy = trained(LABELS[case])
    assert (predicted == table["y"]).mean() == accuracy > 0.5
    model.save(tmp_path / "model.safetensors")
    again = fastnn.load(tmp_path / "model.safetensors").classes
    assert again.dtype == model.classes.dtype and again.tolist() == model.classes.tolist()


@pytest.mark.parametrize(
    ("y", "settings"),
    [
        (objects(1, "b"), {"categorical": "y"}),
        (objects(True, 2), {"categorical": "y"}),
        (pd.Categorical(objects(1, "b")), {}),
    ],
)
def test_several_types_have_no_common_label(y, settings):
    with pytest.raises(DataError, match="the target 'y' holds values of several types, and predictions have one"):
        trained(y, **settings)
    assert trained(WORDS)[0].evaluate(pd.DataFrame({"x": [1.0], "y": ["a"]}))["accuracy"] in (0.0, 1.0)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_labels_that_are_not_kept_as_they_are_written_are_said(make):
    padded = make({"x": X, "y": [f" {word}" for word in WORDS]})
    words = "white space at the ends of texts is not part of the labels of 'y', such as ' [ab]'"
    with pytest.warns(DataWarning, match=words):
        model = fastnn.fit(padded, epochs=1)
    assert model.classes.tolist() == ["a", "b"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # in features it makes no difference
        fastnn.fit(make({"c": [f" {word}" for word in WORDS], "y": X}), epochs=1).predict(make({"c": ["a "]}))


def test_spellings_of_one_number_are_said():
    table = pd.DataFrame({"x": X, "y": [["1", "1.0", "2"][i % 3] for i in range(60)]})
    with pytest.warns(DataWarning) as notes:
        fastnn.fit(table, epochs=1)
    assert "spellings of one number, such as 1 and 1.0, are one class of y." in [str(n.message) for n in notes]


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "hinge"])
def test_also_where_two_probabilities_are_equal_in_float32(loss):
    settings = {"loss": loss, "initializer": "normal:std=1e-9", "hidden": (), "epochs": 0}
    table = pd.DataFrame({"x": X - X.mean(), "y": 2 * CODES - 1})
    model = fastnn.fit(table, **settings)
    found, predicted = model.evaluate(table), model.predict(table)
    assert len(set(predicted)) == 2 and found["accuracy"] == (predicted == table.y).mean()
    matrix = [[int(((table.y == true) & (predicted == seen)).sum()) for seen in (-1, 1)] for true in (-1, 1)]
    assert found["confusion_matrix"] == matrix
    if loss != "hinge":
        p = model.predict_proba(table)
        assert (p[np.arange(60), (predicted + 1) // 2] == p.max(axis=1)).all() and (p == 0.5).all()
