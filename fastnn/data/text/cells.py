"""The cells of a text file, without white space at their ends. An empty cell is null.

Cells are processed in blocks of several columns, one after another in one polars Series. A polars call takes about
0.1 ms. One call per column would be too slow: a table of gene expressions has 20,000 columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from fastnn.data.text.records import BLANKS

if TYPE_CHECKING:
    import polars as pl

BLOCK = 1 << 18  # cells


@dataclass(frozen=True)
class ByColumn:
    """Cells as read by polars, which is fast but takes about 10 kB of memory per column."""

    frame: pl.DataFrame

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def empty(self) -> bool:
        """Return whether all cells are null."""
        return all(series.null_count() == self.height for series in self.frame.get_columns())

    def first(self) -> list[str | None]:
        """Return the first record."""
        return list(self.frame.row(0))

    def rest(self) -> ByColumn:
        """Return all records except the first."""
        return ByColumn(self.frame.slice(1))

    def columns(self, places: Sequence[int]) -> pl.Series:
        """Return these columns as a block."""
        import polars as pl

        columns = [self.frame.to_series(i) for i in places]
        return columns[0] if len(columns) == 1 else pl.concat([c.alias("") for c in columns], rechunk=True)


@dataclass(frozen=True)
class ByRow:
    """Cells as read by the csv module, record after record in one Series."""

    cells: pl.Series
    width: int

    @property
    def height(self) -> int:
        return len(self.cells) // self.width

    @property
    def empty(self) -> bool:
        """Return whether all cells are null."""
        return self.cells.null_count() == len(self.cells)

    def first(self) -> list[str | None]:
        """Return the first record."""
        return self.cells[: self.width].to_list()

    def rest(self) -> ByRow:
        """Return all records except the first."""
        return ByRow(self.cells[self.width :], self.width)

    def columns(self, places: Sequence[int]) -> pl.Series:
        """Return these columns as a block."""
        starts = np.arange(self.height) * self.width
        return self.cells.gather((np.array(places)[:, None] + starts).reshape(-1))


Cells = ByColumn | ByRow


class Source(Protocol):
    """What gives columns as blocks."""

    @property
    def height(self) -> int: ...

    def columns(self, places: Sequence[int]) -> pl.Series: ...


def stripped(fields: list[str]) -> pl.Series:
    """Return a Series of the fields, stripped."""
    import polars as pl

    return strip(pl.Series(fields, dtype=pl.String))


def strip(cells: Any) -> Any:
    """Strip white space from both ends of a Series or Expr of texts. Texts that are then empty become null."""
    return cells.str.strip_chars(BLANKS).replace("", None)


def blocks(cells: Source, places: Sequence[int]) -> Iterator[tuple[Sequence[int], pl.Series]]:
    """Yield these columns in blocks: (places of some columns, their cells)."""
    step = max(BLOCK // max(cells.height, 1), 1)
    for start in range(0, len(places), step):
        some = places[start : start + step]
        yield some, cells.columns(some)


def by_column(values: pl.Series, columns: int) -> np.ndarray:
    """Return the values of a block with ``columns`` columns in shape (columns, rows). Null becomes False or NaN."""
    import polars as pl

    if values.dtype == pl.Boolean and values.null_count():
        values = values.fill_null(False)
    return values.to_numpy().reshape(columns, -1)


def select(cells: pl.Series, columns: int, chosen: Sequence[int] | np.ndarray) -> pl.Series:
    """Return the chosen columns of a block with ``columns`` columns."""
    import polars as pl

    if len(chosen) == columns:
        return cells
    if not len(chosen):
        return cells.clear()
    rows = len(cells) // columns
    return pl.concat([cells.slice(i * rows, rows) for i in chosen], rechunk=True)
