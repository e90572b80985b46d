"""Choose between regression and classification, and find the classes, from the target column and the loss."""

from __future__ import annotations

import numpy as np

from fastnn.data.labels import MIXED, type_of
from fastnn.data.matching import merged
from fastnn.data.scaling import AS_IT_IS, SPREAD, Scaling
from fastnn.data.table import Table, label
from fastnn.data.target import Target, no_target, numeric_hint, target_values
from fastnn.data.wording import bare, listed, quoted
from fastnn.errors import DataError, UsageError
from fastnn.parts.targets import TARGETS

MAX_CLASSES_FOUND = 20  # more different integers than this are treated as quantities, not as classes
MAX_CLASSES = 1000


def choose_task(table: Table, columns: tuple[str, ...], task: str, kind: str | None) -> str:
    """Return "regression" or "classification", as given, or as the loss needs it, or as the data suggest.

    Texts, booleans, and integers with at most 20 different values suggest classification.
    """
    wanted = None if kind is None else "classification" if TARGETS[kind].classification else "regression"
    if task != "auto":
        if wanted and wanted != task:
            raise UsageError(f"task = {task!r} does not fit this loss, which is for {wanted}.")
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
    return "classification" if integers and len(np.unique(known)) <= MAX_CLASSES_FOUND else "regression"


def fit_target(
    table: Table,
    columns: tuple[str, ...],
    task: str,
    kind: str,
    rows: np.ndarray,
    known: np.ndarray,
    scaling: Scaling,
    classes: tuple[str, ...] = (),
) -> Target:
    """Return the target with its classes, or with the mean and standard deviation of its values in the training rows.

    known: all rows that have a target. classes: if they do not follow from the data. The classes are those of all these
    rows: a class that occurs only in validation rows is included.
    """
    if task == "classification":
        classes = classes or _classes(table, columns, kind, known)
        text = not table.numeric(columns[0])
        if table.label_types.get(columns[0]) == MIXED:
            raise DataError(
                f"{table.source}: the target {quoted(columns[0])} holds values of several types, and predictions have "
                "one. Convert it, to texts for example."
            )
        return Target(
            columns, kind, classes, text=text, label_type=table.label_types.get(columns[0]) or type_of(classes, text)
        )
    # Values are checked in all rows, so that the error is the first one in the file.
    everything = target_values(table, columns, known, kind)
    scaling.check(everything, table, columns, known)
    values = everything[np.searchsorted(known, rows)]
    for i, name in enumerate(columns):
        if (values[:, i] == values[0, i]).all():
            raise DataError(
                f"{table.source}: the target {quoted(name)} is {label(values[0, i])} in all {len(rows)} training "
                "rows: there is nothing to learn."
            )
    if kind != "real":
        return Target(columns, kind)
    if scaling.rule == AS_IT_IS:
        return Target(columns, kind, (), (0.0,) * len(columns), (1.0,) * len(columns), scaling=AS_IT_IS)
    largest = np.abs(values).max(axis=0)  # because squares of huge numbers overflow and squares of tiny ones become 0
    mean, spread = (values / largest).mean(axis=0) * largest, (values / largest).std(axis=0) * largest
    if not spread.all():
        name = columns[int(np.argmin(spread))]
        raise DataError(
            f"{table.source}: the target {quoted(name)} varies by less than float64 can hold. Multiply its values by "
            "a large number."
        )
    if scaling.rule == SPREAD:
        mean = np.zeros_like(mean)
    return Target(columns, kind, (), tuple(map(float, mean)), tuple(map(float, spread)), scaling=scaling.rule)


def _classes(table: Table, columns: tuple[str, ...], kind: str, rows: np.ndarray) -> tuple[str, ...]:
    if len(columns) > 1:
        raise UsageError(f"target = {listed(columns, 10)}: a classification has one target column.")
    name = columns[0]
    where = f"{table.source}: the target {quoted(name)}"
    find = _numeric_classes if table.numeric(name) else _text_classes
    classes = find(table, name, kind, where, rows)
    if len(classes) < 2:
        raise DataError(f"{where} is {quoted(classes[0])} in every row: with one class there is nothing to learn.")
    if len(classes) > MAX_CLASSES:
        raise DataError(f"{where} has {len(classes)} different values; at most {MAX_CLASSES} classes are possible.")
    if kind != "class" and len(classes) > 2:
        raise DataError(
            f"{where} has {len(classes)} classes ({listed(classes, 5)}); this loss takes two. Use cross_entropy."
        )
    return classes


def _numeric_classes(table: Table, name: str, kind: str, where: str, rows: np.ndarray) -> tuple[str, ...]:
    values = table.numbers(name)[rows]
    _refuse_missing(table, name, rows[np.isnan(values)])
    found = np.unique(values)
    if np.isinf(found).any():
        raise DataError(f"{where} is infinite in {table.locate(int(rows[np.argmax(np.isinf(values))]))}.")
    if len(found) > MAX_CLASSES_FOUND and not np.array_equal(found, np.floor(found)):
        raise DataError(f"{where} has {len(found)} different values with fractions, which cannot be classes.")
    allowed = TARGETS[kind]
    if kind == "sign" and allowed.holds is not None and not (fits := allowed.holds(values)).all():
        row = int(np.argmin(fits))
        raise DataError(
            f"{where} is {label(values[row])} in {table.locate(int(rows[row]))}; with this loss it must be "
            f"{allowed.values}.{_more(found)}"
        )
    return tuple(table.label(name, value) for value in found)


def _text_classes(table: Table, name: str, kind: str, where: str, rows: np.ndarray) -> tuple[str, ...]:
    text, codes = table.texts[name], table.texts[name].codes[rows]
    _refuse_missing(table, name, rows[codes < 0])
    found, counts = np.unique(codes, return_counts=True)
    classes = merged([text.labels[code] for code in found], counts.tolist())
    shown = ", ".join(map(quoted, classes[:3])) + " ..."
    if name in table.resembles:
        raise DataError(
            f"{where} looks like {table.resembles[name]} ({shown}). Write plain numbers with a decimal point; or, if "
            f"these are names of classes, use --categorical {bare(name)}."
        )
    if len(classes) > MAX_CLASSES_FOUND and len(classes) > table.rows / 2:
        raise DataError(
            f"{where} has {len(classes)} different texts ({shown}) in {table.rows} rows, which is too few rows per "
            f"class to learn from. Choose another column: --target.{numeric_hint(table, name)}"
        )
    return classes


def _more(found: np.ndarray) -> str:
    return f" For {len(found)} classes use cross_entropy." if len(found) > 2 else ""


def _refuse_missing(table: Table, name: str, rows: np.ndarray) -> None:
    if len(rows):
        others = len(rows) - 1
        more = f" (and in {others} more row{'s' if others > 1 else ''})" if others else ""
        raise no_target(table, int(rows[0]), name, more)
