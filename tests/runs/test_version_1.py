"""Models that fastnn 0.1.0 saved (commit 30058e1) predict as its command line did.

houses: a regression with empty cells, a category and a column that was constant in training; the new rows have another
value in that column, and a category that was never seen. rooms: classes that are integers. kinds: classes that are
texts, learnt from a file with decimal commas.
"""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest

import fastnn

STORED = Path(__file__).parent / "version_1"


@pytest.mark.parametrize(
    ("name", "data", "dtype"), [("houses", "houses", "f"), ("rooms", "houses", "i"), ("kinds", "kinds", "U")]
)
def test_predictions_are_those_of_0_1(name, data, dtype):
    model = fastnn.load(STORED / f"{name}.safetensors")
    assert type(model) is fastnn.Model and model.data == f"{data}.csv" and model.history == []
    with warnings.catch_warnings(action="ignore", category=fastnn.DataWarning):  # about the category
        predicted = model.predict(STORED / f"{data}_new.csv")
        p = None if model.classes is None else model.predict_proba(STORED / f"{data}_new.csv")
    assert predicted.dtype.kind == dtype
    with open(STORED / f"{name}_predicted.csv", newline="") as file:
        header, *rows = list(csv.reader(file))
    if p is None:
        assert header == ["price"]
        np.testing.assert_allclose(predicted, [float(row[0]) for row in rows], rtol=1e-5)
    else:
        assert header == [model.targets[0], *(f"p_{label}" for label in model.classes)]
        assert [str(label) for label in predicted] == [row[0] for row in rows]
        np.testing.assert_allclose(p, [[float(cell) for cell in row[1:]] for row in rows], rtol=1e-4)
