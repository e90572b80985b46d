"""Decimal commas and decimal points: some files have 1.234,5 and others 1,234.5.

A file uses one of them throughout. A number such as 1.234 or 1,234 may be either; 12,5 and 12.5 are clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.cells import Cells, blocks, by_column, select

if TYPE_CHECKING:
    import polars as pl

WITH_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?$"
_EXPONENT = r"([eE][+-]?\d+)?$"
SURELY_COMMA = r"^[+-]?(\d*,(\d{1,2}|\d{4,})|\d{4,},\d+|0+,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})" + _EXPONENT
SURELY_POINT = r"^[+-]?(\d*\.(\d{1,2}|\d{4,})|\d{4,}\.\d*|0*\.\d+|\d{1,3}(,\d{3})+\.\d+)" + _EXPONENT
NUMBER_LIKE = r"^[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?$"
MIN_NUMERIC_SHARE = 0.9  # columns with a smaller share of cells that look like numbers are ignored


def decimal_separator(cells: Cells, places: Sequence[int], otherwise: str = "") -> str:
    """Return "," or ".", whichever these columns use; ``otherwise`` if no cell is clear, "" if cells contradict."""
    commas = points = False
    for some, block in blocks(cells, places):
        known = by_column(block.is_not_null(), len(some)).sum(axis=1)
        like = by_column(block.str.contains(NUMBER_LIKE), len(some)).sum(axis=1)
        telling = np.flatnonzero(like / np.maximum(known, 1) >= MIN_NUMERIC_SHARE)
        if len(telling):
            block = select(block, len(some), telling)
            commas |= bool(block.str.contains(SURELY_COMMA).any())
            points |= bool(block.str.contains(SURELY_POINT).any())
    if commas and points:
        return ""
    return "," if commas else "." if points else otherwise


def with_points(cells: pl.Series) -> pl.Series:
    """Rewrite numbers such as 1.234,5 as 1234.5. Anything else becomes null."""
    import polars as pl

    plain = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pl.select(pl.when(cells.str.contains(WITH_COMMA)).then(plain).otherwise(None)).to_series()
