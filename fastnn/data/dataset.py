"""Turn a table into the arrays that a network trains on: split it, fit the preprocessing, apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastnn.data.builtin import BUILTIN
from fastnn.data.fitting import fit
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.row_numbers import without_row_numbers
from fastnn.data.source import choose_columns
from fastnn.data.split import partition
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.data.task import choose_task, fit_target
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError, UsageError

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Dataset:
    """X: (rows, inputs). y: (rows,) class numbers, or (rows, outputs). validation and test: pairs of the same kind.

    notes: for the user. changes: what version 0.1 did otherwise with these data, in words.
    """

    source: str
    X: np.ndarray
    y: np.ndarray
    validation: Pair | None
    test: Pair | None
    preprocessing: Preprocessing
    notes: tuple[str, ...]
    changes: tuple[str, ...] = ()


def make_dataset(
    table: Table,
    *,
    target: Sequence[str] = (),
    task: str = "auto",
    kind: str | None = None,
    validation: float | Table | None = 0.2,
    test: float | Table | None = None,
    stratify: bool = False,
    seed: int = 0,
    features: Sequence[str] = (),
    ignore: Sequence[str] = (),
    missing: str = "error",
    dtype: str = "float32",
) -> Dataset:
    """Return the data set of a table. The preprocessing is fitted on the training rows only.

    kind: the kind of target that the loss takes (a key of fastnn.parts.TARGETS), or None to choose it from the data.
    validation: a share of the rows (see fastnn.data.share), drawn at random with ``seed``; or another table; or None.
    test: the same, or None for the rows that the table reserves. stratify: whether shares are drawn from each class.
    Raises DataError for data that do not fit, UsageError for an unknown column or conflicting options.
    """
    columns, inputs = choose_columns(table, target, features, ignore)
    inputs, left_out, changes = (inputs, [], []) if features else without_row_numbers(table, inputs)
    task = choose_task(table, columns, task, kind)
    kind = kind or ("class" if task == "classification" else "real")
    if stratify and task != "classification":
        raise UsageError(
            f"stratify = true draws rows from each class, but this is a regression, of {listed(columns, 3)}: leave it "
            "out."
        )
    of_rows, of_test = (part if isinstance(part, float | int) else 0.0 for part in (validation, test))
    classes = _numbered(table, columns[0]) if stratify else None
    training_rows, validation_rows, test_rows = partition(table.rows, of_rows, of_test, seed, classes)
    fitted_target = fit_target(table, columns, task, kind, training_rows)
    fitted, doubts = fit(table, inputs, fitted_target, training_rows, missing)
    notes = [*table.notes, *left_out, *([] if table.source in BUILTIN else doubts)]
    X, _ = fitted.inputs(table, training_rows, dtype)
    y = fitted_target.encode(table, training_rows, dtype)
    _check_classes(fitted_target, y, table.source, notes)
    held_out: Pair | None = None
    if isinstance(validation, Table):
        held_out = apply(fitted, validation, notes, dtype)
    elif len(validation_rows):
        held_out = apply(fitted, table, notes, dtype, validation_rows)
    tested: Pair | None = None
    if test is None:
        test = table.test
    if isinstance(test, Table):
        tested = apply(fitted, test, notes, dtype)
    elif len(test_rows):
        tested = apply(fitted, table, notes, dtype, test_rows)
    return Dataset(table.source, X, y, held_out, tested, fitted, tuple(notes), (*table.changes, *changes))


def apply(
    fitted: Preprocessing,
    table: Table,
    notes: list[str],
    dtype: str = "float32",
    rows: np.ndarray | None = None,
) -> Pair:
    """Return the inputs and targets of a table under a fitted preprocessing. Add to ``notes``."""
    for name in fitted.target.columns:
        if name not in table.columns:
            raise DataError(f"{table.source} has no column {quoted(name)}, which is the target.")
    X, unseen = fitted.inputs(table, rows, dtype)
    notes += [note for note in (*table.notes, *unseen) if note not in notes]
    return X, fitted.target.encode(table, np.arange(table.rows) if rows is None else rows, dtype)


def _numbered(table: Table, name: str) -> np.ndarray:
    """Return a number for each different value of a column."""
    values = table.numbers(name) if table.numeric(name) else table.texts[name].codes
    return np.unique(values, return_inverse=True)[1].reshape(-1)


def _check_classes(target: Target, y: np.ndarray, where: str, notes: list[str]) -> None:
    """Add a note on classes without training rows, which cannot be learned."""
    if target.kind == "class":
        absent = [
            c for c, n in zip(target.classes, np.bincount(y, minlength=len(target.classes)), strict=True) if not n
        ]
        if absent:
            notes.append(f"no training row has the class {listed(absent, 10)} of {quoted(target.columns[0])}")
