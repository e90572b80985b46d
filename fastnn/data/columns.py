"""Decide which columns of a text file hold numbers and which hold categories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.cells import by_column, select
from fastnn.data.decimals import with_points
from fastnn.data.resemblance import MAX_CATEGORY_TEXTS, beyond_float64, resemblances
from fastnn.data.table import Table, Text
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "?")


class Columns:
    """The columns of one file, added block by block (see ``cells.blocks``). locate: returns the line of a row."""

    def __init__(self, path: str, locate: Callable[[int], str]):
        self.path, self.locate = path, locate
        self.decimal = "."  # the decimal separator of the file's numbers
        self.numbers: dict[str, np.ndarray] = {}
        self.texts: dict[str, Text] = {}
        self.resembles: dict[str, str] = {}
        self.notes: list[str] = []

    def add_categories(self, names: Sequence[str], block: pl.Series) -> None:
        """Add columns that are known to hold categories."""
        self._add_texts(names, block.set(block.is_in(MISSING), None))

    def add(self, names: Sequence[str], block: pl.Series, must_be_numbers: Sequence[bool]) -> None:
        """Add columns that must hold numbers, and columns whose kind is decided here.

        Raises DataError if a column mixes numbers and texts, or is empty.
        """
        import polars as pl

        missing = block.is_null() | block.is_in(MISSING)
        block = block.set(missing, None)
        written = with_points(block) if self.decimal == "," else block
        values = written.cast(pl.Float64, strict=False)
        absent, unread = by_column(missing, len(names)), by_column(values.is_null(), len(names))
        numbers = by_column(values, len(names))
        large = np.abs(numbers) >= 2.0**53
        if large.any():
            large &= np.isfinite(numbers)
        rows, texts, integers = numbers.shape[1], [], []
        blanks, unreads = np.count_nonzero(absent, axis=1).tolist(), np.count_nonzero(unread, axis=1).tolist()
        for i, (name, blank, any_large) in enumerate(zip(names, blanks, large.any(axis=1), strict=True)):
            wrong, count = unreads[i] - blank, rows - unreads[i]
            if wrong and (must_be_numbers[i] or count > wrong):
                row = int((unread[i] & ~absent[i]).argmax())
                raise self._mixed(name, block[i * rows + row], row, must_be_numbers[i])
            if blank == rows and not must_be_numbers[i]:
                raise DataError(f"{self.path}: column {quoted(name)} is empty. Leave it out: --ignore {bare(name)}.")
            cell = None
            if any_large and not wrong and not must_be_numbers[i]:
                cell = beyond_float64(written.slice(i * rows, rows), large[i])
            if wrong:
                texts.append(i)
                if count:
                    self.notes.append(
                        f"column {quoted(name)} mixes texts with {count} numbers: it is read as a category"
                    )
            elif cell:
                integers.append(i)
                self.notes.append(
                    f"column {quoted(name)} holds integers with too many digits for a float64 ({bare(cell)}): "
                    "it is read as a category"
                )
            else:
                self.numbers[name] = numbers[i]
        self._add_texts([names[i] for i in integers], select(block, len(names), integers))
        self._add_texts([names[i] for i in texts], select(block, len(names), texts), resemble=True)

    def _add_texts(self, names: Sequence[str], block: pl.Series, resemble: bool = False) -> None:
        """Add columns of texts. resemble: find out whether they were probably meant as numbers or dates."""
        texts = _texts(block, len(names)) if names else []
        self.texts.update(zip(names, texts, strict=True))
        many = [i for i, text in enumerate(texts) if resemble and len(text.labels) > MAX_CATEGORY_TEXTS]
        if many:
            likes = resemblances(select(block, len(names), many), len(many))
            self.resembles.update({names[i]: like for i, like in zip(many, likes, strict=True) if like})

    def table(self, names: tuple[str, ...], rows: int, notes: list[str], named: bool) -> Table:
        """Return the table of all columns of the file. Only columns that were added have content."""
        matrix = np.empty((rows, len(self.numbers)))
        for i, column in enumerate(self.numbers.values()):
            matrix[:, i] = column
        places = {name: i for i, name in enumerate(self.numbers)}
        return Table(
            self.path, names, matrix, places, texts=self.texts, targets=names[-1:], resembles=self.resembles,
            notes=(*notes, *self.notes), named=named, decimal=self.decimal, locate=self.locate,
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
        if found[0] < 0:
            found, own = found[1:], own - 1
        texts.append(Text(own.reshape(-1).astype(np.int32), tuple(everything[i] for i in found)))
    return texts
