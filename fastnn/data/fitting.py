"""Fit the preprocessing to the training rows: means, standard deviations, labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.missing import USUAL
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.table import Table, as_float64
from fastnn.data.target import Target
from fastnn.data.wording import bare, listed, quoted
from fastnn.errors import DataError

MAX_CATEGORIES = 1000
FEW_CATEGORIES = 20  # more categories than this are doubtful if there are fewer than 2 rows per category


def fit(
    table: Table, columns: Sequence[str], target: Target, rows: np.ndarray, missing: str = "error"
) -> tuple[Preprocessing, list[str]]:
    """Return the preprocessing of these columns, fitted on these rows, and notes on columns of doubtful use."""
    numbers = tuple(name for name in columns if table.numeric(name))
    means, scales, constant = [], [], []
    for name in numbers:
        mean, scale = (0.0, table.divisor) if table.divisor else _mean_and_spread(table.numbers(name)[rows])
        if scale == 0:
            constant.append(name)
        means.append(mean)
        scales.append(scale or 1.0)
    texts, notes = [], []
    for name in columns:
        if name in table.texts:
            labels = _labels(table, name, rows)
            notes += _doubts(table, name, len(labels), len(rows))
            if len(labels) < 2:
                constant.append(name)
            texts.append((name, labels))
    if constant:
        what = "1 column is" if len(constant) == 1 else f"{len(constant)} columns are"
        notes.append(f"{what} constant in the training rows and cannot help: {listed(constant, 8)}")
    na_values = USUAL if table.na_values is None else table.na_values
    fitted = Preprocessing(
        numbers, tuple(means), tuple(scales), tuple(texts), target, missing, table.named, table.decimal, na_values
    )
    return fitted, notes


def _mean_and_spread(column: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of the finite values. The latter is 0 if all are equal."""
    column = as_float64(column)
    column = column[np.isfinite(column)]
    if not len(column) or column.min() == column.max():
        return (float(column[0]) if len(column) else 0.0), 0.0
    largest = float(np.abs(column).max())
    scaled = column / largest  # because squares of huge numbers overflow and squares of tiny ones become 0
    return float(scaled.mean() * largest), float(scaled.std() * largest)


def _doubts(table: Table, name: str, labels: int, rows: int) -> list[str]:
    """Return notes on a column of texts that may not be a useful category."""
    if name in table.resembles:
        like = table.resembles[name]
        return [
            f"column {quoted(name)} looks like {like}, but is read as a category of {labels} texts, because only "
            f"plain numbers are read as numbers; rewrite it, or leave it out with --ignore {bare(name)}"
        ]
    if labels > FEW_CATEGORIES and labels > rows / 2:
        return [
            f"column {quoted(name)} has {labels} different texts in {rows} rows and hardly helps; "
            f"leave it out with --ignore {bare(name)}"
        ]
    return []


def _labels(table: Table, name: str, rows: np.ndarray) -> tuple[str, ...]:
    text = table.texts[name]
    labels = tuple(text.labels[code] for code in np.unique(text.codes[rows]) if code >= 0)
    if len(labels) > MAX_CATEGORIES:
        raise DataError(
            f"{table.source}: column {quoted(name)} has {len(labels)} different texts in {len(rows)} training "
            f"rows; a category has at most {MAX_CATEGORIES}. Leave the column out: --ignore {bare(name)}."
        )
    return labels
