"""Columns that hold nothing but usual numbers, which polars reads as numbers: several times as fast as through texts.

A column is plain if each of its cells is a finite number below 2**53, not one that stands for a missing value, and none
begins with a zero before a digit. Then nothing has to be decided or said about it. All other columns are read as texts,
and so is everything if the file has a record of another length, or a decimal comma. A text gives the same number in
both ways.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.table import Text
from fastnn.data.text import portions, records
from fastnn.data.text.cells import ByColumn, by_column, stripped
from fastnn.data.text.portions import Source, parsed
from fastnn.data.text.spellings import has_many, leading_zeros

if TYPE_CHECKING:
    import polars as pl

SAMPLE, SAMPLE_CELLS, SAMPLE_BYTES = 50, 100_000, 1 << 22  # of the records that show which columns hold numbers
NEWLINE = ord("\n")
LIMIT = 2.0**53


@dataclass(frozen=True)
class Plain:
    """The plain columns of a file, and the texts of other columns. places: of the columns in the file.

    numbers: (rows, plain columns), column by column in memory. categories: columns that can be nothing else, by place.
    """

    numbers: np.ndarray
    places: tuple[int, ...]
    texts: ByColumn
    text_places: tuple[int, ...]
    categories: Mapping[int, Text]

    @property
    def height(self) -> int:
        return len(self.numbers)

    def columns(self, places: Sequence[int]) -> pl.Series:
        """Return these columns, which are not plain, as a block."""
        at = {place: i for i, place in enumerate(self.text_places)}
        return self.texts.columns([at[place] for place in places])

    def without(self, places: Sequence[int]) -> list[int]:
        """Return those of these places whose columns are neither plain nor surely categories."""
        plain = {*self.places, *self.categories}
        return [place for place in places if place not in plain]


@dataclass(frozen=True)
class Plan:
    """What to read of a file. skip: its lines before the data, 0 or 1. numbers, others: places to read in either way.

    refused: numbers that no plain column has. zeros: whether a zero before a digit matters. varied: columns of
    numbers of which the spelling matters, unless there are very many. repeated: those of ``others`` that probably have
    few different texts. na_values: texts that are missing values.
    """

    separator: str
    width: int
    skip: int
    numbers: tuple[int, ...]
    others: tuple[int, ...]
    refused: tuple[float, ...]
    zeros: bool
    varied: frozenset[int] = frozenset()
    repeated: tuple[int, ...] = ()
    na_values: tuple[str, ...] = ()


def first_records(text: bytes, separator: str) -> list[list[str]]:
    """Return the first records of a text, all of one length. Return an empty list if there are fewer than two such."""
    beginning = text[:SAMPLE_BYTES]
    beginning = beginning[: beginning.rfind(b"\n") + 1]
    try:
        some = records.records(beginning, separator)
        first = next(some, (0, []))[1]
        count = max(min(SAMPLE, SAMPLE_CELLS // max(len(first), 1)), 2)
        found = [first, *(fields for _, fields in itertools.islice(some, count - 1))]
    except csv.Error:
        return []
    return found if len(found) > 1 and all(len(fields) == len(first) for fields in found) else []


def looks_numeric(sample: Sequence[Sequence[str]]) -> np.ndarray:
    """Return which columns of some records hold numbers only, (columns,)."""
    import polars as pl

    width = len(sample[0])
    cells = stripped([record[i] for i in range(width) for record in sample])
    known = by_column(cells.is_not_null(), width)
    numbers = by_column(cells.cast(pl.Float64, strict=False).is_not_null(), width)
    return known.any(axis=1) & (known == numbers).all(axis=1)


def read_plain(source: Source, plan: Plan) -> Plain | None:
    """Return the content of the columns. None if all of them should be read as texts. source: begins with a record."""
    import polars as pl

    numbers, others = list(plan.numbers), [i for i in plan.others if i not in plan.repeated]
    found = parsed(source, plan.separator, plan.width, plan.skip, numbers, others, plan.repeated)
    if found is None:
        return None
    matrix, texts = found.numbers, found.texts
    with np.errstate(invalid="ignore"):  # NaN stands for a cell without a number, and is not between the limits
        usual = (matrix.min(axis=0) > -LIMIT) & (matrix.max(axis=0) < LIMIT)
    for value in plan.refused:
        usual &= (matrix != value).all(axis=0)
    if plan.zeros:
        usual &= ~np.any([_with_zeros(text, plan) for text in source.portions(portions.PORTION)], axis=0)[numbers]
    if np.count_nonzero(~usual) > len(numbers) / 2:
        return None
    usual &= [i not in plan.varied or has_many(column) for i, column in zip(numbers, matrix.T, strict=True)]
    doubtful = np.array(numbers)[~usual].tolist()
    if doubtful:
        again = parsed(source, plan.separator, plan.width, plan.skip, (), doubtful)
        if again is None or len(again.texts[0]) != len(matrix):
            return None
        texts += again.texts
        matrix = np.asfortranarray(matrix[:, usual])
    categories = {}
    for place, column in zip(plan.repeated, found.repeated, strict=True):
        if category := column.category(plan.na_values):
            categories[place] = category
        else:
            others.append(place)
            texts.insert(len(others) - 1, column.cells())
    frame = pl.DataFrame([series.alias(str(i)) for i, series in enumerate(texts)])
    places = tuple(np.array(numbers)[usual].tolist())
    return Plain(matrix, places, ByColumn(frame), (*others, *doubtful), categories)


def _with_zeros(text: bytes, plan: Plan) -> np.ndarray:
    """Return in which columns a cell may begin with a zero before a digit, (columns,).

    All records have the same number of cells, so the ends of cells before a place tell its column.
    """
    if b'"' in text:
        return np.ones(plan.width, bool)
    found, mark, before, at = np.zeros(plan.width, bool), plan.separator.encode(), 0, 0
    whole = np.frombuffer(text, np.uint8)
    for zeros in leading_zeros(text):
        first, end = int(zeros[0]), int(zeros[-1]) + 1
        before += text.count(mark, at, first) + text.count(b"\n", at, first)
        ends = np.flatnonzero((whole[first:end] == mark[0]) | (whole[first:end] == NEWLINE))
        found[(before + np.searchsorted(ends, zeros - first)) % plan.width] = True
        before, at = before + len(ends), end
    return found
