"""Decide which columns of a text file hold numbers and which hold categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.data import missing
from fastnn.data.table import Table, Text, row_number
from fastnn.data.text.cells import by_column, select
from fastnn.data.text.decimals import with_points
from fastnn.data.text.doubts import Doubts
from fastnn.data.text.resemblance import MAX_CATEGORY_TEXTS, beyond_float64, resemblances
from fastnn.data.text.spellings import LEADING_ZERO, spellings
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl


class Columns:
    """The columns of one file, added block by block (see ``cells.blocks``).

    na_values: the texts that are missing values, None for the usual ones. training: whether the kinds of the columns
    are decided here, not by a model. zeros: whether any cell may begin with a zero before a digit.
    """

    def __init__(self, path: str, na_values: Sequence[str] | None, training: bool, zeros: bool):
        self.path, self.zeros, self.training = path, zeros, training
        self.na_values = tuple(missing.USUAL if na_values is None else na_values)
        self.own_list = self.na_values not in (missing.USUAL, missing.MISSING_0_1)
        self.by_default = training and na_values is None
        self.na_numbers = missing.numbers_among(self.na_values)
        self.locate = row_number  # returns the line of a row
        self.decimal = "."  # the decimal separator of the file's numbers
        self.targets: frozenset[str] = frozenset()
        self.plain_names: list[str] = []
        self.plain = np.empty((0, 0))
        self.numbers: dict[str, np.ndarray] = {}
        self.texts: dict[str, Text] = {}
        self.resembles: dict[str, str] = {}
        self.spellings: dict[str, Mapping[float, str]] = {}
        self.missing_texts: dict[str, tuple[str, ...]] = {}
        self.doubts = Doubts()

    def add_plain(self, names: Sequence[str], numbers: np.ndarray) -> None:
        """Add columns (rows, columns) of which nothing has to be decided (see ``plain``)."""
        self.plain_names, self.plain = list(names), numbers

    def add_categories(self, names: Sequence[str], block: pl.Series) -> None:
        """Add columns that are known to hold categories."""
        absent = self._absent(block, self._numbers(block) if self.na_numbers else None)
        self.doubts.missing.update(self._taken(names, block, absent))
        self._add_texts(names, block.set(absent, None))

    def add(self, names: Sequence[str], block: pl.Series, must_be_numbers: Sequence[bool]) -> None:
        """Add columns that must hold numbers, and columns whose kind is decided here.

        Raises DataError if a column mixes numbers and texts, or is empty.
        """
        values = self._numbers(block)
        missed = self._absent(block, values)
        taken = self._taken(names, block, missed)
        if missed.sum() > block.null_count():
            block, values = block.set(missed, None), values.set(missed, None)
        if self.own_list:  # where "nan" is not a missing value, it is a text
            values = values.fill_nan(None)
        absent, unread = by_column(missed, len(names)), by_column(values.is_null(), len(names))
        numbers = by_column(values, len(names))
        large = np.abs(numbers) >= 2.0**53
        if large.any():
            large &= np.isfinite(numbers)
        rows, texts, codes = numbers.shape[1], [], []
        blanks, unreads = np.count_nonzero(absent, axis=1).tolist(), np.count_nonzero(unread, axis=1).tolist()
        zeros = self._leading_zeros(block, len(names))
        for i, (name, blank, any_large) in enumerate(zip(names, blanks, large.any(axis=1), strict=True)):
            wrong, count = unreads[i] - blank, rows - unreads[i]
            new = sum(taken.get(name, {}).values())
            if wrong and (must_be_numbers[i] or count > wrong):
                row = int((unread[i] & ~absent[i]).argmax())
                raise self._mixed(name, block[i * rows + row], row, must_be_numbers[i])
            if blank == rows and not must_be_numbers[i]:
                raise missing.empty_column(self.path, name, name in self.targets)
            long = None
            if any_large and not wrong and not must_be_numbers[i]:
                long = beyond_float64(self._with_points(block.slice(i * rows, rows)), large[i])
            if wrong:
                texts.append(i)
                if count:
                    self.doubts.mixed[name] = count
            elif zeros is not None and not must_be_numbers[i] and zeros[i].any():
                codes.append(i)
                self.doubts.codes[name] = block[i * rows + int(zeros[i].argmax())]
            elif long:
                codes.append(i)
                self.doubts.too_long[name] = long
            else:
                self.numbers[name] = numbers[i]
                if name in self.targets and self.training:
                    self._spell(name, block.slice(i * rows, rows), numbers[i])
                if count > new or must_be_numbers[i]:  # in version 0.1 these texts were errors
                    taken.pop(name, None)
        self.doubts.missing.update(taken)
        self._add_texts([names[i] for i in codes], select(block, len(names), codes))
        self._add_texts([names[i] for i in texts], select(block, len(names), texts), resemble=True)

    def _with_points(self, block: pl.Series) -> pl.Series:
        return with_points(block) if self.decimal == "," else block

    def _numbers(self, block: pl.Series) -> pl.Series:
        import polars as pl

        return self._with_points(block).cast(pl.Float64, strict=False)

    def _absent(self, block: pl.Series, values: pl.Series | None) -> pl.Series:
        """Return which cells are empty, or are missing values as texts or as numbers. values: the cells as numbers."""
        absent = block.is_null()
        numbers = values is not None and not self.own_list  # the usual texts are no numbers: looking them up is slow
        if values is None or not numbers or values.null_count() + (values.is_nan().sum() or 0) > block.null_count():
            absent |= block.is_in(self.na_values)
        if values is not None and self.na_numbers:
            absent |= values.is_in(self.na_numbers).fill_null(False)
        return absent

    def _taken(self, names: Sequence[str], block: pl.Series, absent: pl.Series) -> dict[str, Counter[str]]:
        """Return the texts that version 0.1 did not take for missing; keep all such texts of the target columns."""
        found: dict[str, Counter[str]] = {}
        if not self.training or absent.sum() == block.null_count():
            return found
        rows = len(block) // len(names)
        for i, name in enumerate(names):
            if name in self.targets:
                part = block.slice(i * rows, rows)
                texts = part.filter(absent.slice(i * rows, rows)).drop_nulls().unique(maintain_order=True).to_list()
                self.missing_texts[name] = tuple(texts)
        if self.by_default:
            places = np.flatnonzero(block.is_in(missing.NEW).fill_null(False).to_numpy())
            for column, text in zip((places // rows).tolist(), block.gather(places).to_list(), strict=True):
                found.setdefault(names[column], Counter())[text] += 1
        return found

    def _leading_zeros(self, block: pl.Series, columns: int) -> np.ndarray | None:
        """Return which cells begin with a zero before a digit, (columns, rows); None if there are none."""
        if not (self.zeros and self.training):
            return None
        found = by_column(block.str.contains(LEADING_ZERO), columns)
        return found if found.any() else None

    def _spell(self, name: str, cells: pl.Series, values: np.ndarray) -> None:
        found = spellings(cells, values)
        if found:
            self.spellings[name] = found

    def _add_texts(self, names: Sequence[str], block: pl.Series, resemble: bool = False) -> None:
        """Add columns of texts. resemble: find out whether they were probably meant as numbers or dates."""
        texts = _texts(block, len(names)) if names else []
        self.texts.update(zip(names, texts, strict=True))
        many = [i for i, text in enumerate(texts) if resemble and len(text.labels) > MAX_CATEGORY_TEXTS]
        if many:
            likes = resemblances(select(block, len(names), many), len(many))
            self.resembles.update({names[i]: like for i, like in zip(many, likes, strict=True) if like})

    def table(
        self, names: tuple[str, ...], rows: int, notes: Sequence[str], changes: Sequence[str], **more: Any
    ) -> Table:
        """Return the table of all columns of the file. Only columns that were added have content."""
        vectors: dict[str, np.ndarray] = {}
        if self.plain_names and self.targets.issuperset(self.numbers):
            matrix, inside, vectors = self.plain, self.plain_names, self.numbers
        else:
            plain = {name: self.plain[:, i] for i, name in enumerate(self.plain_names)} | self.numbers
            inside = [name for name in names if name in plain]
            matrix = np.empty((len(plain), rows)).T  # column by column in memory
            for i, name in enumerate(inside):
                matrix[:, i] = plain[name]
        places = {name: i for i, name in enumerate(inside)}
        missing_texts = {name: tuple(texts) for name, texts in self.doubts.missing.items()} | self.missing_texts
        return Table(
            self.path, names, matrix, places, vectors, texts=self.texts, targets=names[-1:], resembles=self.resembles,
            notes=(*notes, *self.doubts.notes()), changes=(*changes, *self.doubts.changes()), decimal=self.decimal,
            na_values=self.na_values, missing_texts=missing_texts, spellings=self.spellings,
            locate=self.locate, **more,
        )  # fmt: skip

    def _mixed(self, name: str, cell: str, row: int, must_be_numbers: bool) -> DataError:
        where = f"{self.path}, {self.locate(row)}: column {quoted(name)}"
        if must_be_numbers:
            return DataError(f"{where} must hold numbers, but here is {quoted(cell)}. Correct the cell.")
        return DataError(
            f"{where} holds numbers, but here is {quoted(cell)}. Correct the cell, or declare the column a category: "
            f"--categorical {bare(name)}."
        )


def _texts(block: pl.Series, columns: int) -> list[Text]:
    """Return the columns of a block as codes and labels."""
    import polars as pl

    labels = block.drop_nulls().unique().sort()
    codes = by_column(block.cast(pl.Enum(labels)).to_physical().cast(pl.Int32).fill_null(-1), columns)
    everything = labels.to_list()
    if columns == 1:
        return [Text(codes[0], tuple(everything))]
    texts = []
    for column in codes:
        found, own = np.unique(column, return_inverse=True)
        if len(found) and found[0] < 0:
            found, own = found[1:], own - 1
        texts.append(Text(own.reshape(-1).astype(np.int32), tuple(everything[i] for i in found)))
    return texts
