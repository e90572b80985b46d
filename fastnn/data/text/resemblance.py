"""Texts that were probably meant as numbers or dates, such as 12 %, $1,200, 3,5 and 2024-05-31."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.text.cells import by_column

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
MIN_MATCHING_SHARE = 0.9  # smallest share of the cells that must have the form
MAX_CATEGORY_TEXTS = 10  # up to this many different texts ("5 km", "10 km") make good categories


def resemblances(texts: pl.Series, columns: int) -> list[str]:
    """Return, for each column, the form that most of its texts have, or "".

    texts: a block with ``columns`` columns, null if a text is missing. Each column has more than
    MAX_CATEGORY_TEXTS different texts.
    """
    found = [""] * columns
    if not columns:
        return found
    known = by_column(texts.is_not_null(), columns).sum(axis=1)
    plain = by_column(texts.str.contains(PLAIN), columns)
    for pattern, name in FORMS:
        like = by_column(texts.str.contains(pattern), columns)
        mostly = like.any(axis=1) & ((like | plain).sum(axis=1) / known >= MIN_MATCHING_SHARE)
        for i in np.flatnonzero(mostly):
            found[i] = found[i] or name
        if all(found):
            break
    return found


def beyond_float64(cells: pl.Series, large: np.ndarray) -> str | None:
    """Return the first of the large cells that a float64 cannot hold exactly: such integers are often identifiers.

    large: which cells are finite numbers of at least 2**53.
    """
    found = cells.gather(np.flatnonzero(large))
    for cell in found.filter(found.str.contains(r"^[+-]?\d+$")):
        digits = cell.lstrip("+-0")  # int() refuses more than 4,300 digits, including leading zeros
        if int(float(digits)) != int(digits):
            return cell
    return None
