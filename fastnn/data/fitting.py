"""Fit the preprocessing to the training rows: means, spreads, labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.errors import DataError

MOST_CATEGORIES = 1000
MOST_OFTEN_NEW = 20  # of so few categories even half as many as there are rows can be meant


def fit(
    table: Table, columns: Sequence[str], target: Target, rows: np.ndarray, missing: str = "error"
) -> tuple[Preprocessing, list[str]]:
    """The preprocessing of these columns, fitted on these rows, and remarks on columns that are of doubtful use."""
    numbers = tuple(name for name in columns if table.numeric(name))
    means, scales, constant = [], [], []
    for name in numbers:
        mean, scale = (0.0, table.divisor) if table.divisor else _mean_and_spread(table.numbers(name)[rows])
        if scale == 0:
            constant.append(name)
        means.append(mean)
        scales.append(scale or 1.0)
    texts, remarks = [], []
    for name in columns:
        if name in table.texts:
            labels = _labels(table, name, rows)
            remarks += _doubts(table, name, len(labels), len(rows))
            if len(labels) < 2:
                constant.append(name)
            texts.append((name, labels))
    if constant:
        shown = ", ".join(constant[:8]) + (" ..." if len(constant) > 8 else "")
        what = "1 column is" if len(constant) == 1 else f"{len(constant)} columns are"
        remarks.append(f"{what} constant in the training rows and cannot help: {shown}")
    fitted = Preprocessing(
        numbers, tuple(means), tuple(scales), tuple(texts), target, missing, table.named, table.decimal
    )
    return fitted, remarks


def _mean_and_spread(column: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the finite values; the latter 0 where it is nothing but rounding."""
    column = column.astype(np.float64)
    column = column[np.isfinite(column)]
    if not len(column) or column.min() == column.max():
        return (float(column[0]) if len(column) else 0.0), 0.0
    largest = float(np.abs(column).max())
    scaled = column / largest  # squares of huge numbers would overflow, of tiny ones vanish
    return float(scaled.mean() * largest), float(scaled.std() * largest)


def _doubts(table: Table, name: str, labels: int, rows: int) -> list[str]:
    """Why a column of texts may not be what it is taken for."""
    if name in table.resembles:
        like = table.resembles[name]
        return [
            f"column {name!r} looks like {like}, but is taken as a category of {labels} texts, since only "
            f"plain numbers are read as such; rewrite it, or leave it out with --ignore {name}"
        ]
    if labels > MOST_OFTEN_NEW and labels > rows / 2:
        return [f"column {name!r} has {labels} different texts in {rows} rows: it hardly helps; --ignore {name}"]
    return []


def _labels(table: Table, name: str, rows: np.ndarray) -> tuple[str, ...]:
    text = table.texts[name]
    labels = tuple(text.labels[code] for code in np.unique(text.codes[rows]) if code >= 0)
    if len(labels) > MOST_CATEGORIES:
        raise DataError(
            f"{table.source}: column {name!r} has {len(labels)} different texts among {len(rows)} training "
            f"rows; at most {MOST_CATEGORIES} can be categories. Leave the column out: --ignore {name}."
        )
    return labels
