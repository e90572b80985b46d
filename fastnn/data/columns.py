"""Which columns of a text file hold numbers, and which the names of categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.decimals import with_points
from fastnn.data.resemblance import beyond_float64, resemblance
from fastnn.data.table import Table, Text
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "?")


class Columns:
    """The columns of one file, added one after the other. locate: says where a row is found."""

    def __init__(self, path: str, locate: Callable[[int], str]):
        self.path, self.locate = path, locate
        self.decimal = "."  # what the file's numbers have before their fraction
        self.numbers: dict[str, np.ndarray] = {}
        self.texts: dict[str, Text] = {}
        self.resembles: dict[str, str] = {}
        self.notes: list[str] = []

    def add(self, name: str, series: pl.Series, kind: str | None) -> None:
        """A column of cells, of a kind that is known or else found. Raises DataError where it mixes kinds."""
        import polars as pl

        missing = series.is_null() | series.is_in(MISSING)
        cells = series.set(missing, None)
        if kind == "category":
            self.texts[name] = _text(cells)
            return
        written = with_points(cells) if self.decimal == "," else cells
        values = written.cast(pl.Float64, strict=False)
        count, wrong = cells.len() - values.null_count(), values.null_count() - int(missing.sum())
        if wrong and (kind == "number" or count > wrong):
            raise self._mixed(name, cells, int((values.is_null() & ~missing).arg_max() or 0), kind)
        if kind is None and missing.all():
            raise DataError(f"{self.path}: column {name!r} is empty. Leave it out: --ignore {name}.")
        if wrong:
            if count:
                self.notes.append(f"column {name!r} mixes texts with {count} numbers: it is taken as a category")
            self.texts[name] = _text(cells)
            if found := resemblance(cells.drop_nulls()):
                self.resembles[name] = found
        elif kind is None and (cell := beyond_float64(written, values)):
            self.notes.append(
                f"column {name!r} holds whole numbers with too many digits ({cell}) to be told apart as numbers: "
                "it is taken as a category"
            )
            self.texts[name] = _text(cells)
        else:
            self.numbers[name] = values.fill_null(float("nan")).to_numpy()

    def table(self, names: tuple[str, ...], rows: int, notes: list[str], named: bool) -> Table:
        """The table of all columns of the file, of which those that were added have content."""
        matrix = np.empty((rows, len(self.numbers)))
        for i, column in enumerate(self.numbers.values()):
            matrix[:, i] = column
        places = {name: i for i, name in enumerate(self.numbers)}
        return Table(
            self.path, names, matrix, places, texts=self.texts, targets=names[-1:], resembles=self.resembles,
            notes=(*notes, *self.notes), named=named, decimal=self.decimal, locate=self.locate,
        )  # fmt: skip

    def _mixed(self, name: str, cells: pl.Series, row: int, kind: str | None) -> DataError:
        where = f"{self.path}, {self.locate(row)}: column {name!r}"
        if kind == "number":
            return DataError(f"{where} must hold numbers, but here is {cells[row]!r}. Correct the cell.")
        return DataError(
            f"{where} holds numbers, but here {cells[row]!r}. Correct the cell, or declare the column a category: "
            f"--categorical {name}."
        )


def _text(cells: pl.Series) -> Text:
    import polars as pl

    labels = cells.drop_nulls().unique().sort()
    codes = cells.cast(pl.Enum(labels)).to_physical().cast(pl.Int32).fill_null(-1)
    return Text(codes.to_numpy(), tuple(labels))
