"""Decimal commas and decimal points: some files have 1.234,5 and others 1,234.5.

A file uses one of them throughout. A number such as 1.234 or 1,234 may be either; 12,5 and 12.5 are clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.text.cells import Source, blocks, by_column, select
from fastnn.data.wording import bare

if TYPE_CHECKING:
    import polars as pl

WITH_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?$"
_EXPONENT = r"([eE][+-]?\d+)?$"
SURELY_COMMA = r"^[+-]?(\d*,(\d{1,2}|\d{4,})|\d{4,},\d+|0+,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})" + _EXPONENT
SURELY_POINT = r"^[+-]?(\d*\.(\d{1,2}|\d{4,})|\d{4,}\.\d*|0*\.\d+|\d{1,3}(,\d{3})+\.\d+)" + _EXPONENT
UNCLEAR = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
NUMBER_LIKE = r"^[+-]?(\d+[.,]?|\d*[.,]\d+|\d{1,3}(\.\d{3})+(,\d*)?|\d{1,3}(,\d{3})+(\.\d*)?)" + _EXPONENT
MIN_NUMERIC_SHARE = 0.9  # columns with a smaller share of cells that look like numbers are ignored
NAMES = {",": "comma", ".": "point"}


@dataclass(frozen=True)
class Cell:
    """A cell of a file: its row, the place of its column, its text."""

    row: int
    column: int
    text: str


@dataclass
class Evidence:
    """The first cells that can only have a decimal comma, or only a decimal point, or either."""

    comma: Cell | None = None
    point: Cell | None = None
    unclear: Cell | None = None

    @property
    def clear(self) -> str:
        """The decimal separator, "" if no cell tells it."""
        return "," if self.comma else "." if self.point else ""


def evidence(cells: Source, places: Sequence[int]) -> Evidence:
    """Return what the numbers in these columns tell about the decimal separator."""
    found = Evidence()
    for some, block in blocks(cells, places):
        known = by_column(block.is_not_null(), len(some)).sum(axis=1)
        like = by_column(block.str.contains(NUMBER_LIKE), len(some)).sum(axis=1)
        telling = np.flatnonzero(like / np.maximum(known, 1) >= MIN_NUMERIC_SHARE)
        if len(telling) and cells.height:
            block = select(block, len(some), telling)
            columns = [some[i] for i in telling.tolist()]
            found.comma = found.comma or _first(block, SURELY_COMMA, columns)
            found.point = found.point or _first(block, SURELY_POINT, columns)
            if not found.clear:
                found.unclear = found.unclear or _first(block, UNCLEAR, columns)
    return found


def readings(text: str) -> str:
    """Return the two numbers that a text such as 4.327 may stand for, and what to do."""
    fraction, whole = text.replace(",", "."), text.replace(".", "").replace(",", "")
    other = f"--decimal comma for {whole}" if "." in text else f"write {whole} without a comma"
    option = "point" if "." in text else "comma"
    return (
        f"{bare(text)} is either {fraction} or {whole}, and no number in the file shows which. "
        f"Say --decimal {option} for {fraction}, or {other}."
    )


def with_points(cells: pl.Series) -> pl.Series:
    """Rewrite numbers such as 1.234,5 as 1234.5. Anything else becomes null."""
    import polars as pl

    plain = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pl.select(pl.when(cells.str.contains(WITH_COMMA)).then(plain).otherwise(None)).to_series()


def _first(block: pl.Series, pattern: str, columns: Sequence[int]) -> Cell | None:
    """Return the first cell of a block that has this form."""
    matches = block.str.contains(pattern)
    if not matches.any():
        return None
    place = int(matches.fill_null(False).to_numpy().argmax())
    column, row = divmod(place, len(block) // len(columns))
    return Cell(row, columns[column], block[place])
