"""The data sets of several networks, each fitted on its own training rows."""

from __future__ import annotations

from collections.abc import Sequence

from fastnn.data.dataset import Dataset, Encoders, apply, fit_columns
from fastnn.data.question import Question
from fastnn.data.remarks import Remarks
from fastnn.data.split import Parts
from fastnn.data.table import Table


def datasets(question: Question, folds: Sequence[Parts], encoders: Encoders, test: Table | None) -> list[Dataset]:
    """Return a data set for each fold, without notes: those on all rows together say more. test: in place of rows."""
    return [_fold(question, parts, encoders, test) for parts in folds]


def _fold(question: Question, parts: Parts, encoders: Encoders, test: Table | None) -> Dataset:
    table, dtype = question.table, encoders.dtype
    fitted, _ = fit_columns(question, parts.training, encoders, parts.validation)
    said = Remarks(table, own=True)
    X, y = apply(fitted, table, [], dtype, parts.training, said)
    validation = apply(fitted, table, [], dtype, parts.validation, said)
    tested = apply(fitted, table, [], dtype, parts.test, said) if len(parts.test) else None
    if test is not None:
        tested = apply(fitted, test, [], dtype, remarks=Remarks(test, own=True))
    return Dataset(table.source, X, y, validation, tested, fitted, ())
