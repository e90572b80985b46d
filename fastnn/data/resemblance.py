"""Texts that look as if they were meant for numbers or dates: people write 12 %, $1,200, 3,5 and 2024-05-31."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.cells import by_column

if TYPE_CHECKING:
    import polars as pl

FORMS = (
    (r"^[+-]?[\d.,' ]*\d\s*%$", "numbers with a percent sign"),
    (r"^[+-]?\s*(\p{Sc}|[A-Z]{3}\s)\s*[+-]?[\d.,' ]*\d[.,]?-*$", "amounts of money"),
    (r"^[+-]?[\d.,' ]*\d\s*(\p{Sc}|\s[A-Z]{3})$", "amounts of money"),
    (r"^[+-]?\d{1,3}([,' \u00a0\u202f]\d{3})+(\.\d+)?$", "numbers with separated thousands"),
    (r"^[+-]?\d*,\d+$", "numbers with a decimal comma"),
    (r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d{1,2}:\d{2}.*)?$", "dates"),
    (r"^\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})([T ]\d{1,2}:\d{2}.*)?$", "dates"),
    (r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "times of day"),
    (r"^[+-]?\d+(\.\d+)?\s?[A-Za-z°µ]{1,4}$", "numbers with a unit"),
)
PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
ENOUGH = 0.9  # of the cells
SPREAD = 10  # different texts; a few of a kind ("5 km", "10 km") are good categories


def resemblances(texts: pl.Series, columns: int) -> list[str]:
    """What most of the texts in each of these columns look like, "" for nothing but texts; null where one is missing.

    texts: a block of so many columns, each with more than SPREAD different texts.
    """
    found = [""] * columns
    if not columns:
        return found
    known = by_column(texts.is_not_null(), columns).sum(axis=1)
    plain = by_column(texts.str.contains(PLAIN), columns)
    for pattern, name in FORMS:
        like = by_column(texts.str.contains(pattern), columns)
        mostly = like.any(axis=1) & ((like | plain).sum(axis=1) / known >= ENOUGH)
        for i in np.flatnonzero(mostly):
            found[i] = found[i] or name
        if all(found):
            break
    return found


def beyond_float64(cells: pl.Series, large: np.ndarray) -> str | None:
    """The first of the large cells that is an integer which float64 rounds, so that it could not be told from others.

    large: which cells are finite numbers of at least 2**53.
    """
    found = cells.gather(np.flatnonzero(large))
    for cell in found.filter(found.str.contains(r"^[+-]?\d+$")):
        digits = cell.lstrip("+-0")  # Python converts at most 4300 of them
        if int(float(digits)) != int(digits):
            return cell
    return None
