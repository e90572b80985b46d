"""What is to be learned from a table: the columns of the target and of the inputs, and the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastnn.data.missing import read_as_missing
from fastnn.data.one_hot import as_class_numbers, is_one_hot
from fastnn.data.row_numbers import without_row_numbers
from fastnn.data.source import choose_columns
from fastnn.data.split import Parts
from fastnn.data.table import Table
from fastnn.data.task import choose_task
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError, UsageError


@dataclass(frozen=True)
class Question:
    """columns: the target. inputs: the columns to learn from. task: "regression" or "classification".

    kind: the kind of target that the loss takes, a key of fastnn.parts.TARGETS. classes: if they do not follow from the
    data. known: the rows that may be used: those that have a target, unless a row without one is an error.
    missing_target: a key of MISSING_TARGET. notes: for the user. changes: what version 0.1 did otherwise.
    """

    table: Table
    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    task: str
    kind: str
    classes: tuple[str, ...]
    known: np.ndarray
    missing_target: str
    notes: tuple[str, ...]
    changes: tuple[str, ...]

    def strata(self, stratify: bool) -> np.ndarray | None:
        """Return the number of the class of each row, if rows are to be drawn from each class; else None."""
        if not stratify:
            return None
        if self.task != "classification":
            raise UsageError(
                f"stratify = true draws rows from each class, but this is a regression, of {listed(self.columns, 3)}: "
                "leave it out."
            )
        return _numbered(self.table, self.columns[0])

    def having_target(self, parts: Parts) -> Parts:
        """Return the parts without the rows that have no target.

        The parts are those of all rows, so that no row changes sides when another has no target.
        """
        return Parts(*(_kept(self.table, rows, self.known) for rows in parts))


def ask(
    table: Table,
    target: Sequence[str] = (),
    task: str = "auto",
    kind: str | None = None,
    features: Sequence[str] = (),
    ignore: Sequence[str] = (),
    missing_target: str = "error",
) -> Question:
    """Return the question. Raises UsageError for an unknown column, DataError for data that do not fit."""
    columns, inputs = choose_columns(table, target, features, ignore)
    inputs, left_out, changed = (inputs, [], []) if features else without_row_numbers(table, inputs)
    notes, changes = [*table.notes, *left_out], [*table.changes, *changed]
    table, columns, classes = _one_hot(table, columns, task, kind, notes)
    task = "classification" if classes else choose_task(table, columns, task, kind)
    notes += [
        f"white space at the ends of texts is not part of the labels of {quoted(name)}, such as {quoted(text)}"
        for name, text in table.padded.items()
        if name in columns
    ]
    kind = kind or ("class" if task == "classification" else "real")
    known = with_target(table, columns, missing_target, notes)
    return Question(
        table, columns, tuple(inputs), task, kind, classes, known, missing_target, tuple(notes), tuple(changes)
    )


def with_target(table: Table, columns: Sequence[str], missing_target: str, notes: list[str]) -> np.ndarray:
    """Return the rows that have a value in each target column; all rows if ``missing_target`` is "error"."""
    if missing_target == "error":
        return np.arange(table.rows)
    known = np.ones(table.rows, bool)
    for name in columns:
        if table.numeric(name) or name in table.texts:  # a one-hot array has other columns
            known &= ~table.missing(name)
    dropped = table.rows - int(np.count_nonzero(known))
    if dropped:
        texts = "".join(read_as_missing(table, name) for name in columns).removesuffix(".")
        left = f"{table.source}: {dropped:,} of {table.rows:,} rows have no target and are left out"
        notes.append(f"{left}.{texts}" if texts else left)
    return np.flatnonzero(known)


def _kept(table: Table, rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    if len(known) == table.rows or not len(rows):
        return rows
    kept = np.intersect1d(rows, known)
    if not len(kept):
        raise DataError(f"{table.source}: the rows to train on, or those to validate on, all lack a target.")
    return kept


def _one_hot(
    table: Table, columns: tuple[str, ...], task: str, kind: str | None, notes: list[str]
) -> tuple[Table, tuple[str, ...], tuple[str, ...]]:
    """Return (table, target columns, classes). For a one-hot array, a table with one column of class numbers."""
    if task == "regression" or kind not in (None, "class") or not is_one_hot(table, columns):
        return table, columns, ()
    if table.target_array and columns == table.targets:
        table = as_class_numbers(table)
        notes.append(
            f"{table.source}: {quoted(table.targets[0])} is one-hot: it is read as the classes 0 to {len(columns) - 1}"
        )
        return table, table.targets, tuple(map(str, range(len(columns))))
    if task == "auto" and kind is None:
        notes.append(
            f"the targets {listed(columns, 5)} are one-hot, but are predicted as {len(columns)} numbers; for a "
            "classification, write one column with the names of the classes"
        )
    return table, columns, ()


def _numbered(table: Table, name: str) -> np.ndarray:
    """Return a number for each different value of a column."""
    values = table.numbers(name) if table.numeric(name) else table.texts[name].codes
    return np.unique(values, return_inverse=True)[1].reshape(-1)
