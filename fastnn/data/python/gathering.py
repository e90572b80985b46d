"""Columns that are given in Python, gathered into a Table by the rules for text files.

What differs from a file: the type of a column decides whether it holds numbers or categories, and only what is absent
or empty is missing, beside the na_values that the user names.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.data.missing import empty_column, numbers_among
from fastnn.data.python.texts import from_list, from_polars
from fastnn.data.table import Table, Text, label
from fastnn.data.text.delimited import ReadOptions
from fastnn.data.text.records import BLANKS
from fastnn.data.text.resemblance import MAX_CATEGORY_TEXTS, PLAIN, resemblances
from fastnn.data.wording import bare, listed, quoted
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl


class Gathering:
    """The columns of one table, added one by one. names: of all its columns."""

    def __init__(self, source: str, names: Sequence[Any], rows: int, options: ReadOptions):
        self.source, self.rows, self.options = source, rows, options
        self.names = column_names(source, names)
        self.needed = [(i, self.names[i]) for i in options.needed(self.names)]
        self._na_texts = frozenset(options.na_values or ())
        self._na_numbers = numbers_among(options.na_values or ())
        self._numbers: dict[str, np.ndarray] = {}
        self._texts: dict[str, Text] = {}
        self._types: dict[str, str] = {}
        self._resembles: dict[str, str] = {}
        self._padded: dict[str, str] = {}
        self._notes: list[str] = []
        self._plain: list[str] = []  # columns of texts that are all numbers

    def add_numbers(self, name: str, values: np.ndarray) -> None:
        """Add a column of real numbers, NaN if missing."""
        with np.errstate(over="ignore", invalid="ignore"):
            column = values.astype(np.float64)
        if self._na_numbers:
            column[np.isin(column, self._na_numbers)] = np.nan
        self._types[name] = "float"
        if np.isnan(column).all():
            self.add_nothing(name)
        elif self.options.kinds.get(name) == "category":
            self._texts[name] = self._text(name, [None if np.isnan(v) else label(v) for v in column.tolist()])
        else:
            self._numbers[name] = column

    def add_integers(self, name: str, values: np.ndarray, known: np.ndarray) -> None:
        """Add a column of integers. known: which rows have a value; ``values`` holds only those.

        Integers that a float64 cannot hold become categories: they are often identifiers.
        """
        floats = np.array(list(map(as_float, values))) if values.dtype == object else values.astype(np.float64)
        if self._na_numbers:
            there = ~np.isin(floats, self._na_numbers)
            known = known.copy()
            known[known], values, floats = there, values[there], floats[there]
        kind = self.options.kinds.get(name)
        self._types[name] = "integer"
        if not len(values):
            self.add_nothing(name)
            return
        if kind == "category":
            self._add_as_texts(name, values, known)
            return
        column = np.full(self.rows, np.nan)
        column[known] = floats
        large = next((int(v) for v in values[np.abs(floats) >= 2.0**53] if as_float(v) != int(v)), None)
        if large is None or kind == "number":
            self._numbers[name] = column
        else:
            self._add_as_texts(name, values, known)
            self._notes.append(
                f"column {quoted(name)} holds integers with too many digits for a float64 ({large}): "
                f"it is read as a category; --numeric {bare(name)} reads it as numbers, rounded"
            )

    def _add_as_texts(self, name: str, values: np.ndarray, known: np.ndarray) -> None:
        """Add integers as categories, in the order in which a file has them: that of texts."""
        texts = np.full(self.rows, None, object)
        texts[known] = [str(value) for value in values.tolist()]
        self._texts[name] = self._text(name, texts.tolist())

    def add_booleans(self, name: str, values: Sequence[bool | None]) -> None:
        """Add a column of truth values: the categories True and False."""
        if self.options.kinds.get(name) == "number":
            raise self.wrong_kind(name, "booleans", "Convert it: 0 for False, 1 for True.")
        self._texts[name] = self._text(name, [None if value is None else str(bool(value)) for value in values])
        self._types[name] = "boolean"

    def add_texts(self, name: str, values: pl.Series | Sequence[str | None], written: str = "") -> None:
        """Add a column of texts.

        written: the type of a category's labels before they became texts; "" for texts that are no declared category,
        of which is said if they look like numbers.
        """
        text = self._text(name, values)
        if self.options.kinds.get(name) == "number":
            example = quoted(text.labels[0]) if text.labels else "empty texts"
            raise self.wrong_kind(name, f"texts ({example} ...)", "Convert it to numbers.")
        if not text.labels:
            self.add_nothing(name)
            return
        self._texts[name] = text
        self._types[name] = written or "text"
        if self.options.kinds.get(name) is None and not written:
            self._examine(name, text.labels)

    def add_nothing(self, name: str) -> None:
        """Add a column without any value."""
        kind = self.options.kinds.get(name)
        if kind is None and self.rows:
            raise empty_column(self.source, name, name in self.options.targets(self.names))
        if kind == "category":
            self._texts[name] = Text(np.full(self.rows, -1, np.int32), ())
        else:
            self._numbers[name] = np.full(self.rows, np.nan)

    def refusal(self, name: str, what: str, remedy: str) -> DataError:
        """Return the error for a column that holds neither numbers nor texts."""
        return DataError(
            f"{self.source}: column {quoted(name)} holds {what}, which a network cannot use. {remedy} "
            f"Or leave it out: --ignore {bare(name)}."
        )

    def wrong_kind(self, name: str, what: str, remedy: str) -> DataError:
        """Return the error for a column that must hold numbers."""
        return DataError(f"{self.source}: column {quoted(name)} must hold numbers, but it holds {what}. {remedy}")

    def table(self) -> Table:
        """Return the table of all columns. Only columns that were added have content."""
        matrix = np.empty((self.rows, len(self._numbers)))
        for i, column in enumerate(self._numbers.values()):
            matrix[:, i] = column
        if self._plain:
            what = "column" if len(self._plain) == 1 else "columns"
            self._notes.append(
                f"{what} {listed(self._plain, 8)}: texts that are numbers are read as categories; to use their values, "
                "convert them to numbers"
            )
        places = {name: i for i, name in enumerate(self._numbers)}
        named = None if self.options.na_values is None else tuple(self.options.na_values)
        return Table(
            self.source, self.names, matrix, places, texts=self._texts, targets=self.names[-1:],
            resembles=self._resembles, notes=tuple(self._notes), label_types=self._types, may_have_index=True,
            locate=counted_from_0, na_values=named, padded=self._padded,
        )  # fmt: skip

    def without_na_texts(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return the values with None in place of texts that the user calls missing."""
        if not self._na_texts:
            return values
        return [None if isinstance(v, str) and v.strip(BLANKS) in self._na_texts else v for v in values]

    def _text(self, name: str, values: pl.Series | Sequence[str | None]) -> Text:
        """Return texts as codes and labels, stripped as the cells of a file are."""
        if isinstance(values, Sequence):
            text, padded = from_list(values, self._na_texts)
        else:
            text, padded = from_polars(values, self._na_texts)
        if padded is not None:
            self._padded[name] = padded
        try:
            "".join(text.labels).encode()
        except UnicodeEncodeError:
            raise DataError(
                f"{self.source}: column {quoted(name)} holds a text that is not Unicode: it has a lone surrogate."
            ) from None
        return text

    def _examine(self, name: str, labels: Sequence[str]) -> None:
        """Find out whether texts were probably meant as numbers or dates."""
        import polars as pl

        texts = pl.Series(labels, dtype=pl.String)
        if texts.str.contains(PLAIN).all():
            self._plain.append(name)
        elif len(labels) > MAX_CATEGORY_TEXTS and (like := resemblances(texts, 1)[0]):
            self._resembles[name] = like


def counted_from_0(row: int) -> str:
    """Return the place of a row, as Python counts."""
    return f"row {row} (counted from 0)"


def column_names(source: str, given: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of columns as texts. Integers are written out, as pandas does in a file."""
    names = []
    for i, name in enumerate(given):
        if isinstance(name, bool) or not isinstance(name, str | int | np.integer):
            raise DataError(
                f"{source}: the name of column {i} (counted from 0) is {name!r}, which is not a text. Rename the "
                "columns: table.columns = [...]."
            )
        names.append(str(name).strip(BLANKS) or f"column_{i + 1}")
    doubled = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubled:
        raise doubled_names(source, doubled)
    return tuple(names)


def doubled_names(source: str, names: Sequence[str]) -> DataError:
    """Return the error for names that several columns have."""
    return DataError(f"{source} has more than one column called {listed(names, 5)}. Give every column its own name.")


def missing(values: Sequence[Any]) -> list[bool]:
    """Return which Python values stand for no value: None, NaN, and pandas' NA and NaT."""
    return [is_none(value) or (isinstance(value, Real | Decimal) and math.isnan(as_float(value))) for value in values]


def is_none(value: Any) -> bool:
    """Return whether this is None, or pandas' NA or NaT."""
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def as_float(value: Any) -> float:
    """Return a real number as a float: infinite if it is too large, NaN for a signaling NaN."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except ValueError:
        return math.nan
