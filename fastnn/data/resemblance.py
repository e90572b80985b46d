"""Texts that look as if they were meant for numbers or dates: people write 12 %, $1,200, 3,5 and 2024-05-31."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
ENOUGH = 0.9  # of the cells
SPREAD = 10  # different texts; a few of a kind ("5 km", "10 km") are good categories


def resemblance(texts: pl.Series) -> str:
    """What most of a column's texts look like, "" for nothing but texts. texts: str, without nulls."""
    if texts.n_unique() <= SPREAD:
        return ""
    number = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
    plain = texts.str.contains(number)
    for pattern, name in FORMS:
        like = texts.str.contains(pattern)
        if like.any() and (like | plain).mean() >= ENOUGH:  # type: ignore[operator]
            return name
    return ""


def beyond_float64(cells: pl.Series, values: pl.Series) -> str | None:
    """The first cell that is a whole number which float64 rounds, so that it could not be told from others."""
    large = cells.filter((values.abs() >= 2.0**53) & values.is_finite())
    for cell in large.filter(large.str.contains(r"^[+-]?\d+$")):
        if int(float(cell)) != int(cell):
            return cell
    return None
