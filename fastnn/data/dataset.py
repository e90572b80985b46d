"""Turn a table into the arrays that a network trains on: split it, fit the preprocessing, apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastnn.checks import require_resolved
from fastnn.data.builtin import BUILTIN
from fastnn.data.fitting import fit, merged_classes, merged_columns
from fastnn.data.missing import read_as_missing
from fastnn.data.one_hot import as_class_numbers, is_one_hot
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.remarks import Remarks
from fastnn.data.row_numbers import without_row_numbers
from fastnn.data.scaling import STANDARDIZED, scaling
from fastnn.data.seen import far_from_training
from fastnn.data.source import choose_columns
from fastnn.data.split import partition
from fastnn.data.table import Table
from fastnn.data.target import Target, target_values
from fastnn.data.task import choose_task, fit_target
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError, UsageError
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
    missing: str = "mean",
    missing_target: str = "error",
    output: Bound | None = None,
    dtype: str = "float32",
) -> Dataset:
    """Return the data set of a table. The preprocessing is fitted on the training rows only.

    kind: the kind of target that the loss takes (a key of fastnn.parts.TARGETS), or None to choose it from the data.
    validation: a share of the rows (see fastnn.data.share), drawn at random with ``seed``; or another table; or None.
    test: the same, or None for the rows that the table reserves. stratify: whether shares are drawn from each class.
    missing, missing_target: keys of MISSING and MISSING_TARGET. output: the output activation, to which values are
    scaled.
    Raises DataError for data that do not fit, UsageError for an unknown column or conflicting options.
    """
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
    if stratify and task != "classification":
        raise UsageError(
            f"stratify = true draws rows from each class, but this is a regression, of {listed(columns, 3)}: leave it "
            "out."
        )
    of_rows, of_test = (part if isinstance(part, float | int) else 0.0 for part in (validation, test))
    strata = _numbered(table, columns[0]) if stratify else None
    drawn = partition(table.rows, of_rows, of_test, seed, strata)
    known = with_target(table, columns, missing_target, notes)
    # The split is that of all rows, so that no row changes sides when another has no target.
    training_rows, validation_rows, test_rows = (_kept(table, rows, known) for rows in drawn)
    scaled = scaling(output, kind, len(columns))
    fitted_target = fit_target(table, columns, task, kind, training_rows, known, scaled, classes)
    fitted, doubts = fit(table, inputs, fitted_target, training_rows, missing, missing_target)
    own = Remarks(table, own=True)
    X, _ = fitted.inputs(table, training_rows, dtype, own)
    y = fitted_target.encode(table, training_rows, dtype)
    if not (fitted_target.classes or fitted_target.standardized):
        exact = target_values(table, columns, training_rows, kind)
        require_resolved(exact, y, f"{table.source}: the target {listed(columns, 5)}")
    held_out: Pair | None = None
    if len(validation_rows):
        held_out = apply(fitted, table, notes, dtype, validation_rows, own)
    tested: Pair | None = None
    if len(test_rows):
        tested = apply(fitted, table, notes, dtype, test_rows, own)
    merged = merged_columns(table, fitted, training_rows)
    one_class = merged_classes(table, fitted_target, known)
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
    if isinstance(validation, Table):
        of_validation = Remarks(validation)
        held_out = apply(fitted, validation, notes, dtype, remarks=of_validation)
        notes += of_validation.notes()
    changes += _changes(fitted, own, of_validation, classes, one_class)
    reserved = table.test if test is None else test
    if isinstance(reserved, Table):
        tested = apply(fitted, reserved, notes, dtype)
    return Dataset(table.source, X, y, held_out, tested, fitted, tuple(notes), tuple(changes))


def apply(
    fitted: Preprocessing,
    table: Table,
    notes: list[str],
    dtype: str = "float32",
    rows: np.ndarray | None = None,
    remarks: Remarks | None = None,
    far: bool = False,
) -> Pair:
    """Return the inputs and targets of a table under a fitted preprocessing. Add to ``notes``, or to ``remarks``.

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
    return X, target.encode(table, rows, dtype)


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
