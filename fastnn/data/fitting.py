"""Fit the preprocessing to the training rows: means, standard deviations, labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fastnn.data.encoding import Edges, fit_bins
from fastnn.data.matching import merged
from fastnn.data.missing import USUAL
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.table import Table, as_float64
from fastnn.data.target import Target
from fastnn.data.wording import bare, grouped, listed, quoted
from fastnn.errors import DataError

MAX_CATEGORIES = 1000
BLOCK = 1 << 18  # numbers whose statistics are computed together
FEW_CATEGORIES = 20  # more categories than this are doubtful if there are fewer than 2 rows per category


def fit(
    table: Table,
    columns: Sequence[str],
    target: Target,
    rows: np.ndarray,
    missing: str = "mean",
    missing_target: str = "error",
    clip: float | None = None,
    bins: int = 0,
) -> tuple[Preprocessing, list[str]]:
    """Return the preprocessing of these columns, fitted on these rows, and notes on columns of doubtful use.

    clip: the limit of a smooth clip of the numbers. bins: the number of bins of each number, 0 for none.
    """
    numbers = tuple(name for name in columns if table.numeric(name))
    statistics: list[Statistics] = []
    constant: list[str] = []
    empty: list[str] = []
    for name, found in _all_statistics(table, numbers, rows):
        mean, scale, low, high = found
        if scale == 0:
            (constant if low is not None else empty).append(name)
        statistics.append((mean, scale or 1.0, low, high))
    texts, counts = [], {}
    for name in columns:
        if name in table.texts:
            labels = _labels(table, name, rows)
            counts[name] = len(labels)
            if not labels:
                empty.append(name)
            elif len(labels) < 2 and not table.missing(name)[rows].any():
                constant.append(name)
            texts.append((name, labels))
    notes = _doubts(table, counts, len(rows))
    for what, names in (("constant", constant), ("empty", empty)):
        if names:
            many = "1 column is" if len(names) == 1 else f"{len(names)} columns are"
            notes.append(f"{many} {what} in the training rows and ignored: {listed(names, 8)}")
    means, scales, lows, highs = zip(*statistics, strict=True) if statistics else ((), (), (), ())
    na_values = USUAL if table.na_values is None else table.na_values
    fitted = Preprocessing(
        numbers, means, scales, tuple(texts), target, missing, table.named, table.decimal, na_values,
        (*constant, *empty), lows, highs, missing_target, clip, _bins(table, numbers, means, scales, rows, bins),
    )  # fmt: skip
    return fitted, notes


def merged_columns(table: Table, fitted: Preprocessing, rows: np.ndarray) -> list[str]:
    """Return the columns of texts in which several spellings of one number became one category."""
    found = []
    for name, labels in fitted.texts:
        if np.count_nonzero(table.texts[name].counts(rows)) > len(labels):
            found.append(name)
    return found


def merged_classes(table: Table, target: Target, rows: np.ndarray) -> list[str]:
    """Return the target column if several spellings of one number became one class, or nothing."""
    if not (target.classes and target.text):
        return []
    name = target.columns[0]
    return [name] if len(np.unique(table.texts[name].codes[rows])) > len(target.classes) else []


Statistics = tuple[float, float, float | None, float | None]


def _all_statistics(table: Table, names: Sequence[str], rows: np.ndarray) -> Iterator[tuple[str, Statistics]]:
    """Yield (name, _statistics) of each column. Some columns that lie one after another are computed together."""
    if table.divisor:
        yield from ((name, (0.0, table.divisor, 0.0, table.divisor)) for name in names)
        return
    by_column = table.matrix.flags.f_contiguous and table.matrix.dtype == np.float64 and len(rows)
    step = max(BLOCK // max(len(rows), 1), 1)
    for start in range(0, len(names), step):
        some = names[start : start + step]
        inside = [name for name in some if name in table.in_matrix] if by_column else []
        found: dict[str, Statistics] = {}
        if inside:
            places = np.array([table.in_matrix[name] for name in inside])
            several = zip(inside, _block_statistics(table.matrix.T[np.ix_(places, rows)]), strict=True)
            found = {name: statistics for name, statistics in several if statistics}
        yield from ((name, found.get(name) or _statistics(table.numbers(name)[rows])) for name in some)


def _block_statistics(block: np.ndarray) -> list[Statistics | None]:
    """Return the statistics of the rows of a block; None for those with numbers that are not finite."""
    with np.errstate(invalid="ignore"):
        low, high = block.min(axis=1), block.max(axis=1)
    usual = np.isfinite(low) & np.isfinite(high) & (low < high)
    largest = np.where(usual, np.maximum(np.abs(low), np.abs(high)), 1.0)
    with np.errstate(all="ignore"):  # of rows that are not usual
        block /= largest[:, None]
        means, scales = block.mean(axis=1) * largest, block.std(axis=1) * largest
    columns = zip(means.tolist(), scales.tolist(), low.tolist(), high.tolist(), strict=True)
    return [found if fine else None for found, fine in zip(columns, usual.tolist(), strict=True)]


def _statistics(column: np.ndarray) -> Statistics:
    """Return mean, standard deviation (0 if all are equal), lowest and highest of the finite values."""
    column = as_float64(column)
    column = column[np.isfinite(column)]
    if not len(column):
        return 0.0, 0.0, None, None
    low, high = float(column.min()), float(column.max())
    if low == high:
        return float(column[0]), 0.0, low, high
    largest = float(np.abs(column).max())
    scaled = column / largest  # because squares of huge numbers overflow and squares of tiny ones become 0
    return float(scaled.mean() * largest), float(scaled.std() * largest), low, high


def _bins(
    table: Table, numbers: Sequence[str], means: Sequence[float], scales: Sequence[float], rows: np.ndarray, bins: int
) -> tuple[Edges, ...]:
    """Return the edges of the bins of each number, or () if no number has bins."""
    if not bins:
        return ()
    with np.errstate(over="ignore", invalid="ignore"):
        found = [
            fit_bins((as_float64(table.numbers(name)[rows]) - mean) / scale, bins)
            for name, mean, scale in zip(numbers, means, scales, strict=True)
        ]
    return tuple(found) if any(found) else ()


def _doubts(table: Table, labels: Mapping[str, int], rows: int) -> list[str]:
    """Return notes on columns of texts that may not be useful categories. labels: their numbers of labels."""
    like = {name: table.resembles[name] for name in labels if name in table.resembles}
    many = {
        name: f"{n} different texts in {rows} rows"
        for name, n in labels.items()
        if name not in like and n > FEW_CATEGORIES and n > rows / 2
    }
    notes = []
    if like:
        several = "look like numbers or dates, but are read as categories"
        said = grouped(like, "looks like {}, but is read as a category", several)
        rewrite = "rewrite it" if len(like) == 1 else "rewrite them"
        notes.append(f"{said}, because only plain numbers are read as numbers; {rewrite}, or {_leave_out(like)}")
    if many:
        said = grouped(many, "has {} and hardly helps", "have many different texts and hardly help")
        notes.append(f"{said}; {_leave_out(many)}")
    return notes


def _leave_out(columns: Mapping[str, str]) -> str:
    names = listed(list(columns), 3).replace(", ", ",")
    return f"leave {'it' if len(columns) == 1 else 'them'} out with --ignore {names}"


def _labels(table: Table, name: str, rows: np.ndarray) -> tuple[str, ...]:
    text = table.texts[name]
    counts = text.counts(rows)
    found = np.flatnonzero(counts)
    labels = merged([text.labels[code] for code in found.tolist()], counts[found].tolist())
    if len(labels) > MAX_CATEGORIES:
        raise DataError(
            f"{table.source}: column {quoted(name)} has {len(labels)} different texts in {len(rows)} training "
            f"rows; a category has at most {MAX_CATEGORIES}. Leave the column out: --ignore {bare(name)}."
        )
    return labels
