"""The table that a model predicts from: a frame, dictionaries, an array, a file or the name of a data set."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fastnn.checks import numbers
from fastnn.data.missing import MISSING_0_1, USUAL
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.python.gathering import Gathering
from fastnn.data.python.given import is_array_like, one_row, read_given
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions
from fastnn.data.wording import listed
from fastnn.errors import DataError, UsageError
from fastnn.model.reading import read_for

NAME = "the table"  # what messages call a table that is no file


def table_of(given: Any, preprocessing: Preprocessing, need_target: bool = False) -> Table:
    """Return the columns that a model needs of anything that its user gives, with the target columns if it has them."""
    if isinstance(given, str | os.PathLike):
        return read_for(preprocessing, os.fspath(given), need_target=need_target)
    if is_array_like(given):
        return _of_array(given, preprocessing)
    target, kinds = preprocessing.target, preprocessing.kinds
    if need_target:
        kinds |= dict.fromkeys(target.columns, target.column_kind)
    if isinstance(given, list | tuple) and not given:
        return _empty(preprocessing)
    # The usual texts stand for missing values in files only; what the user has named does so everywhere.
    named = None if preprocessing.na_values in (USUAL, MISSING_0_1) else preprocessing.na_values
    return read_given(one_row(given), NAME, ReadOptions(kinds, only=True, na_values=named))


def _of_array(given: Any, preprocessing: Preprocessing) -> Table:
    features = tuple(preprocessing.kinds)
    if preprocessing.texts:
        raise UsageError(
            f"The model needs categories ({listed([name for name, _ in preprocessing.texts], 5)}), which an array "
            "cannot hold: give a table with named columns, or a list of dictionaries."
        )
    X = numbers(given, "the array")
    if X.ndim != 2 or X.shape[1] != len(features):
        one = " For a single row: array.reshape(1, -1)." if X.ndim == 1 and len(X) == len(features) else ""
        raise DataError(
            f"The array has shape {X.shape}; it must be (rows, {len(features)}), with the columns "
            f"{listed(features, 8)} in this order.{one}"
        )
    X = X.view(np.uint8) if X.dtype.kind == "b" else X
    return Table("the array", features, X, {name: i for i, name in enumerate(features)}, locate="row {}".format)


def _empty(preprocessing: Preprocessing) -> Table:
    """Return a table without rows."""
    kinds = preprocessing.kinds
    gathering = Gathering(NAME, tuple(kinds), 0, ReadOptions(kinds, only=True))
    for name in kinds:
        gathering.add_nothing(name)
    return gathering.table()
