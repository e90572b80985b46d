"""Turn a table into the arrays that a network trains on: split it, fit the preprocessing, apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn.checks import require_resolved
from fastnn.data.builtin import BUILTIN
from fastnn.data.fitting import fit, merged_classes, merged_columns
from fastnn.data.one_hot import as_class_numbers
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.question import Question, ask, with_target
from fastnn.data.remarks import Remarks
from fastnn.data.scaling import STANDARDIZED, scaling
from fastnn.data.seen import far_from_training
from fastnn.data.split import Parts, partition
from fastnn.data.table import Table
from fastnn.data.target import Target, target_values
from fastnn.data.task import fit_target
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError
from fastnn.parts.part import Bound

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


@dataclass(frozen=True)
class Encoders:
    """How columns become inputs, beside what the columns say. missing: a key of MISSING. output: the output activation,
    to which values are scaled. clip, bins: see Preprocessing; bins is their number.
    """

    missing: str = "mean"
    output: Bound | None = None
    dtype: str = "float32"
    clip: float | None = None
    bins: int = 0


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
    missing_target: str = "error",
    **encoders: Any,
) -> Dataset:
    """Return the data set of a table. The preprocessing is fitted on the training rows only.

    target, task, kind, features, ignore, missing_target: see Question. validation: a share of the rows (see
    fastnn.data.share), drawn at random with ``seed``; or another table; or None. test: the same, or None for the rows
    that the table reserves. stratify: whether shares are drawn from each class. encoders: see Encoders.
    Raises DataError for data that do not fit, UsageError for an unknown column or conflicting options.
    """
    question = ask(table, target, task, kind, features, ignore, missing_target)
    of_rows, of_test = (part if isinstance(part, float | int) else 0.0 for part in (validation, test))
    parts = question.having_target(partition(table.rows, of_rows, of_test, seed, question.strata(stratify)))
    validating, tests = (part if isinstance(part, Table) else None for part in (validation, test))
    return dataset_of(question, parts, Encoders(**encoders), validating, tests, reserved=test is None)


def dataset_of(
    question: Question,
    parts: Parts,
    encoders: Encoders,
    validation: Table | None = None,
    test: Table | None = None,
    reserved: bool = True,
) -> Dataset:
    """Return the data set with these parts of the rows. validation, test: other tables instead of rows of this one.

    reserved: whether the rows that the table reserves are the test, if there is no other.
    """
    table, columns, classes = question.table, question.columns, question.classes
    training_rows, validation_rows, test_rows = parts
    dtype = encoders.dtype
    notes, changes = list(question.notes), list(question.changes)
    fitted, doubts = fit_columns(question, training_rows, encoders)
    fitted_target = fitted.target
    own = Remarks(table, own=True)
    X, _ = fitted.inputs(table, training_rows, dtype, own)
    y = fitted_target.encode(table, training_rows, dtype)
    if not (fitted_target.classes or fitted_target.standardized):
        exact = target_values(table, columns, training_rows, question.kind)
        require_resolved(exact, y, f"{table.source}: the target {listed(columns, 5)}")
    held_out: Pair | None = None
    if len(validation_rows):
        held_out = apply(fitted, table, notes, dtype, validation_rows, own)
    tested: Pair | None = None
    if len(test_rows):
        tested = apply(fitted, table, notes, dtype, test_rows, own)
    merged = merged_columns(table, fitted, training_rows)
    one_class = merged_classes(table, fitted_target, question.known)
    if table.source in BUILTIN:
        own.ignored.clear()
    else:
        notes += doubts
    if merged:
        notes.append(f"spellings of one number, such as 1 and 1.0, are one category in {listed(merged, 8)}")
    if one_class:
        notes.append(f"spellings of one number, such as 1 and 1.0, are one class of {listed(one_class, 8)}")
    notes += own.notes()
    _check_classes(fitted_target, y, table.source, notes)
    of_validation = own
    if validation is not None:
        of_validation = Remarks(validation)
        held_out = apply(fitted, validation, notes, dtype, remarks=of_validation)
        notes += of_validation.notes()
    changes += _changes(fitted, own, of_validation, classes, one_class)
    other = table.test if test is None and reserved else test
    if other is not None:
        tested = apply(fitted, other, notes, dtype)
    return Dataset(table.source, X, y, held_out, tested, fitted, tuple(notes), tuple(changes))


def fit_columns(
    question: Question, rows: np.ndarray, encoders: Encoders, others: np.ndarray | None = None
) -> tuple[Preprocessing, list[str]]:
    """Return the preprocessing of a question, fitted on these rows, and notes on columns of doubtful use.

    others: the rows that validate, if other networks train on them (see fit_target).
    """
    q = question
    scaled = scaling(encoders.output, q.kind, len(q.columns))
    target = fit_target(q.table, q.columns, q.task, q.kind, rows, q.known, scaled, q.classes, others)
    return fit(q.table, q.inputs, target, rows, encoders.missing, q.missing_target, encoders.clip, encoders.bins)


def apply(
    fitted: Preprocessing,
    table: Table,
    notes: list[str],
    dtype: str = "float32",
    rows: np.ndarray | None = None,
    remarks: Remarks | None = None,
    far: bool = False,
) -> Pair:
    """Return the inputs and targets of a table under a fitted preprocessing: see :func:`apply_to`."""
    return apply_to(fitted, table, notes, dtype, rows, remarks, far)[:2]


def apply_to(
    fitted: Preprocessing,
    table: Table,
    notes: list[str],
    dtype: str = "float32",
    rows: np.ndarray | None = None,
    remarks: Remarks | None = None,
    far: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (inputs, targets, their rows) of a table under a fitted preprocessing. Add to ``notes``, or ``remarks``.

    rows: the rows to use, which have a target; None for all that have one. far: also add a note on values far beyond
    those of the training rows.
    """
    target = fitted.target
    if table.target_array and (table.target_array,) == target.columns and target.kind == "class":
        table = as_class_numbers(table)
    for name in target.columns:
        if name not in table.columns:
            raise DataError(f"{table.source} has no column {quoted(name)}, which is the target.")
    own_notes = list(table.notes)
    if rows is None:
        rows = with_target(table, target.columns, fitted.missing_target, own_notes)
        if not len(rows):
            raise DataError(f"{table.source}: no row has a target.")
    X, more = fitted.inputs(table, rows, dtype, remarks)
    if far:
        more += far_from_training(fitted, table, X, rows)
    notes += [note for note in (*own_notes, *more) if note not in notes]
    return X, target.encode(table, rows, dtype), rows


def _changes(
    fitted: Preprocessing, own: Remarks, of_validation: Remarks, classes: tuple[str, ...], one_class: list[str]
) -> list[str]:
    """Return what version 0.1 did otherwise, in words."""
    scaled = fitted.target.kind == "real" and fitted.target.scaling != STANDARDIZED
    respelled = sorted(own.respelled | of_validation.respelled)
    found = {
        "a one-hot target is read as classes": classes,
        "the target is scaled to what the output activation can give": scaled,
        f"spellings of one number are one category in {listed(respelled, 8)}": respelled,
        f"spellings of one number are one class of {listed(one_class, 8)}": one_class,
        "values in validation rows of columns that are constant in the training rows are ignored": (
            own.fixed | of_validation.fixed
        ),
    }
    return [text for text, happened in found.items() if happened]


def _check_classes(target: Target, y: np.ndarray, where: str, notes: list[str]) -> None:
    """Add a note on classes without training rows, which cannot be learned."""
    if target.kind == "class":
        absent = [
            c for c, n in zip(target.classes, np.bincount(y, minlength=len(target.classes)), strict=True) if not n
        ]
        if absent:
            notes.append(f"no training row has the class {listed(absent, 10)} of {quoted(target.columns[0])}")
