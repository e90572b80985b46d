"""A table before any preprocessing: numbers in one matrix, texts as codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Text:
    """A column of texts. codes: (rows,) int32, indices into ``labels``; -1 for an empty cell."""

    codes: np.ndarray
    labels: tuple[str, ...]

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """Return how many of these rows have each label, (labels,)."""
        return np.bincount(self.codes[rows] + 1, minlength=len(self.labels) + 1)[1:]


def row_number(row: int) -> str:
    """Return the place of a row in a source without lines."""
    return f"row {row + 1}"


@dataclass(frozen=True)
class Table:
    """Rows and named columns.

    matrix: (rows, k) numbers of any real dtype, NaN if missing; ``in_matrix``: the place of a column there, by name.
    vectors: numeric columns outside the matrix, (rows,) each. texts: columns of texts. targets: the columns to predict
    by default. divisor: numbers are divided by it instead of standardized (images). test: rows that the source
    reserves for testing. notes: for the user. changes: what version 0.1 read otherwise, in words. resembles: the
    probable meaning of a column of texts. locate: returns the place of a row in the source.

    named: whether the source names its columns; unnamed: whether the first one alone has no name. may_have_index:
    whether a column may only number the rows (see ``row_numbers``). decimal: the decimal separator of the source.
    na_values: its texts that stand for a missing value; missing_texts: those that were found, by column, where they
    matter. spellings: how the numbers of a target column are written, by number, if ``label`` writes them otherwise.
    label_types: the type of a column's values where the source knows it, one of labels.TYPES, or MIXED. padded: columns
    of texts with white space at their ends, which is not read; each with such a text. target_array: the name of an
    array of several columns that are the targets.
    """

    source: str
    columns: tuple[str, ...]
    matrix: np.ndarray
    in_matrix: Mapping[str, int]
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    divisor: float | None = None
    test: Table | None = None
    notes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    resembles: Mapping[str, str] = field(default_factory=dict)
    named: bool = True
    unnamed: bool = False
    may_have_index: bool = False
    decimal: str = "."
    na_values: tuple[str, ...] | None = None
    missing_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spellings: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    locate: Callable[[int], str] = row_number
    label_types: Mapping[str, str] = field(default_factory=dict)
    padded: Mapping[str, str] = field(default_factory=dict)
    target_array: str = ""

    @property
    def rows(self) -> int:
        return len(self.matrix)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column with content: "number" or "category"."""
        found = {name: "number" for name in self.columns if self.numeric(name)}
        return found | {name: "category" for name in self.columns if name in self.texts}

    def numeric(self, name: str) -> bool:
        """Return whether a column holds numbers."""
        return name in self.in_matrix or name in self.vectors

    def numbers(self, name: str) -> np.ndarray:
        """Return a numeric column, (rows,), in its own dtype."""
        return self.vectors[name] if name in self.vectors else self.matrix[:, self.in_matrix[name]]

    def missing(self, name: str) -> np.ndarray:
        """Return which rows have an empty cell in this column, (rows,) bool."""
        return np.isnan(self.numbers(name)) if self.numeric(name) else self.texts[name].codes < 0

    def label(self, name: str, number: float) -> str:
        """Return a number of this column as it is written in the source."""
        return self.spellings.get(name, {}).get(number) or label(number)


def from_arrays(source: str, X: np.ndarray, y: np.ndarray | Text | None, target: str = "y", **rest) -> Table:
    """Return a table with the columns of X (rows, n), called x1 ... xn, and of y: (rows,), (rows, outputs) or texts."""
    names = tuple(f"x{i + 1}" for i in range(X.shape[1]))
    vectors: dict[str, np.ndarray] = {}
    texts: dict[str, Text] = {}
    if isinstance(y, Text):
        texts[target] = y
    elif y is not None:
        wide = y.reshape(len(y), -1)
        several = wide.shape[1] != 1
        vectors = {f"{target}{i + 1}" if several else target: wide[:, i] for i in range(wide.shape[1])}
    targets = (*texts, *vectors)
    array = target if len(vectors) > 1 else ""
    places = {name: i for i, name in enumerate(names)}
    return Table(source, names + targets, X, places, vectors, texts, targets, target_array=array, **rest)


def as_categories(table: Table, names: Iterable[str]) -> Table:
    """Return the table with these columns as categories, even if they hold numbers."""
    numeric = [name for name in names if table.numeric(name)]
    if not numeric:
        return table
    texts = {}
    for name in numeric:
        values = table.numbers(name)
        found, codes = np.unique(values, return_inverse=True)
        known = ~np.isnan(found)  # NaN comes last
        codes = np.where(codes < known.sum(), codes, -1).reshape(-1).astype(np.int32)
        texts[name] = Text(codes, tuple(label(value) for value in found[known]))
    inside = {name: place for name, place in table.in_matrix.items() if name not in texts}
    vectors = {name: vector for name, vector in table.vectors.items() if name not in texts}
    test = as_categories(table.test, names) if table.test else None
    return replace(table, in_matrix=inside, vectors=vectors, texts={**table.texts, **texts}, test=test)


def as_float64(numbers: np.ndarray) -> np.ndarray:
    """Return a copy as float64. Numbers beyond its range become infinite; callers refuse those, with their place."""
    with np.errstate(over="ignore", invalid="ignore"):  # invalid: a signalling NaN becomes a quiet one
        return numbers.astype(np.float64)


def encode_texts(values: np.ndarray) -> Text:
    """Return a column of texts from an array of str. An empty text is a missing value."""
    labels, codes = np.unique(np.char.strip(values.astype(np.str_)), return_inverse=True)
    codes = codes.reshape(-1).astype(np.int32)
    if len(labels) and labels[0] == "":
        labels, codes = labels[1:], codes - np.int32(1)
    return Text(codes, tuple(map(str, labels)))


def label(number: float) -> str:
    """Return the label of a number that is a category: "3" for 3.0."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
