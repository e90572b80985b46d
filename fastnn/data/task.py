"""Regression or classification, and which classes: found from the target column and the loss."""

from __future__ import annotations

import numpy as np

from fastnn.data.table import Table, label
from fastnn.data.target import Target, target_values
from fastnn.errors import DataError, UsageError
from fastnn.parts.targets import TARGETS

MOST_CLASSES_FOUND = 20  # more different integers than this are taken for quantities
MOST_CLASSES = 1000


def choose_task(table: Table, columns: tuple[str, ...], task: str, kind: str | None) -> str:
    """ "regression" or "classification": as asked for, as the loss demands, or from the data.

    Texts, booleans, and integers with at most 20 different values mean classification.
    """
    wanted = None if kind is None else "classification" if TARGETS[kind].classification else "regression"
    if task != "auto":
        if wanted and wanted != task:
            raise UsageError(f"task = {task!r} does not go with this loss, which is one for {wanted}.")
        return task
    if wanted:
        return wanted
    if len(columns) > 1:
        return "regression"
    if not table.numeric(columns[0]):
        return "classification"
    values = table.numbers(columns[0])
    known = values[np.isfinite(values)]
    integers = np.array_equal(known, np.floor(known))
    return "classification" if integers and len(np.unique(known)) <= MOST_CLASSES_FOUND else "regression"


def fit_target(table: Table, columns: tuple[str, ...], task: str, kind: str, rows: np.ndarray) -> Target:
    """The target's classes, or the mean and spread of its values in the training rows.

    Classes are those of the whole table: which there are belongs to the question, not to the training rows.
    """
    if task == "classification":
        return Target(columns, kind, _classes(table, columns, kind), text=not table.numeric(columns[0]))
    values = target_values(table, columns, np.arange(table.rows), kind)[rows]  # so that the first fault is named
    for i, name in enumerate(columns):
        if (values[:, i] == values[0, i]).all():
            raise DataError(
                f"{table.source}: the target {name!r} is {label(values[0, i])} in all {len(rows)} training "
                "rows: there is nothing to learn."
            )
    if kind != "real":
        return Target(columns, kind)
    largest = np.abs(values).max(axis=0)  # squares of huge numbers would overflow, of tiny ones vanish
    mean, spread = (values / largest).mean(axis=0) * largest, (values / largest).std(axis=0) * largest
    return Target(columns, kind, (), tuple(map(float, mean)), tuple(map(float, spread)))


def _classes(table: Table, columns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    if len(columns) > 1:
        raise UsageError(f"target = {', '.join(columns)}: a classification has one target column.")
    name = columns[0]
    where = f"{table.source}: the target {name!r}"
    classes = _numeric_classes(table, name, kind, where) if table.numeric(name) else _text_classes(table, name, where)
    if len(classes) < 2:
        raise DataError(f"{where} is {classes[0]!r} in every row: with one class there is nothing to learn.")
    if len(classes) > MOST_CLASSES:
        raise DataError(f"{where} has {len(classes)} different values; at most {MOST_CLASSES} can be classes.")
    if kind != "class" and len(classes) > 2:
        shown = ", ".join(classes[:5]) + (" ..." if len(classes) > 5 else "")
        raise DataError(f"{where} has {len(classes)} classes ({shown}); this loss takes two. Use cross_entropy.")
    return classes


def _numeric_classes(table: Table, name: str, kind: str, where: str) -> tuple[str, ...]:
    values = table.numbers(name)
    _refuse_missing(table, name, np.isnan(values))
    found = np.unique(values)
    if np.isinf(found).any():
        raise DataError(f"{where} is infinite in {table.locate(int(np.argmax(np.isinf(values))))}.")
    if len(found) > MOST_CLASSES_FOUND and not np.array_equal(found, np.floor(found)):
        raise DataError(f"{where} has {len(found)} different values with fractions: that is no set of classes.")
    allowed = TARGETS[kind]
    if kind == "sign" and allowed.holds is not None and not (fits := allowed.holds(values)).all():
        row = int(np.argmin(fits))
        raise DataError(
            f"{where} is {label(values[row])} in {table.locate(row)}; with this loss it must be {allowed.values}."
            f"{_more(found)}"
        )
    return tuple(label(value) for value in found)


def _text_classes(table: Table, name: str, where: str) -> tuple[str, ...]:
    text = table.texts[name]
    _refuse_missing(table, name, text.codes < 0)
    classes = tuple(text.labels[code] for code in np.unique(text.codes))
    shown = ", ".join(map(repr, classes[:3])) + " ..."
    if name in table.resembles:
        raise DataError(
            f"{where} looks like {table.resembles[name]} ({shown}). Write plain numbers, with a point; or, if these "
            f"are names of classes, say --categorical {name}."
        )
    if len(classes) > MOST_CLASSES_FOUND and len(classes) > table.rows / 2:
        raise DataError(
            f"{where} has {len(classes)} different texts ({shown}) in {table.rows} rows: no classes can be learnt "
            "from so few rows of each. Choose another column: --target."
        )
    return classes


def _more(found: np.ndarray) -> str:
    return f" For {len(found)} classes use cross_entropy." if len(found) > 2 else ""


def _refuse_missing(table: Table, name: str, missing: np.ndarray) -> None:
    if missing.any():
        more = f" (and in {missing.sum() - 1} others)" if missing.sum() > 1 else ""
        raise DataError(
            f"{table.source}, {table.locate(int(np.argmax(missing)))}{more}: the target {name!r} has no "
            "value. Rows without a target cannot be used: remove them."
        )
