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
    others: np.ndarray | None = None,
) -> Target:
    """Return the target with its classes, or with the mean and standard deviation of its values in the training rows.

    known: all rows that have a target. classes: if they do not follow from the data. The classes are those of all these
    rows: a class that occurs only in validation rows is included. others: the validation rows, if other networks train
    on them. Values that are constant in the training rows then take the standard deviation of both, for want of their
    own; otherwise they are an error.
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
    of_all = values if others is None else everything[np.searchsorted(known, np.union1d(rows, others))]
    for i, name in enumerate(columns):
        if (of_all[:, i] == of_all[0, i]).all():
            raise DataError(_constant(table, name, everything[:, i], of_all[0, i], len(of_all)))
    if kind != "real":
        return Target(columns, kind)
    if scaling.rule == AS_IT_IS:
        return Target(columns, kind, (), (0.0,) * len(columns), (1.0,) * len(columns), scaling=AS_IT_IS)
    mean, spread = _mean_and_spread(values)
    constant = (values == values[0]).all(axis=0)
    mean = np.where(constant, values[0], mean)
    spread = np.where(constant, _mean_and_spread(of_all)[1], spread)
    if not spread.all():
        name = columns[int(np.argmin(spread))]
        raise DataError(
            f"{table.source}: the target {quoted(name)} varies by less than float64 can hold. Multiply its values by "
            "a large number."
        )
    if scaling.rule == SPREAD:
        mean = np.zeros_like(mean)
    return Target(columns, kind, (), tuple(map(float, mean)), tuple(map(float, spread)), scaling=scaling.rule)


def _mean_and_spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the standard deviation of each column."""
    largest = np.abs(values).max(axis=0)  # because squares of huge numbers overflow and squares of tiny ones become 0
    scaled = values / np.where(largest > 0, largest, 1.0)
    return scaled.mean(axis=0) * largest, scaled.std(axis=0) * largest


def _constant(table: Table, name: str, everything: np.ndarray, value: float, rows: int) -> str:
    """Return the message for a target that is the same in all training rows."""
    text = f"{table.source}: the target {quoted(name)} is {label(value)} in "
    if (everything == value).all():
        return f"{text}every row: there is nothing to learn."
    many = "the only training row" if rows == 1 else f"all {rows} training rows"
    return (
        f"{text}{many}, so there is nothing to learn, but not in the other rows. Set another seed, so that other rows "
        "train, or validation to 0."
    )


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
