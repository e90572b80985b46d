"""How the numbers of a column are written in the file: 1.0, +1 or 1e0 for 1. Labels of classes keep their spelling."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.table import label

if TYPE_CHECKING:
    import polars as pl

MAX_VALUES = 1000  # a column with more different values is not a column of classes
LEADING_ZERO = r"^[+-]?0\d"  # 011 and 007.5 are codes; 0.5 and 0e3 are numbers
_CHUNK = 1 << 17  # bytes
_POINT = np.uint8(256 + ord(".") - ord("0"))


def _table(characters: str) -> np.ndarray:
    """Return for each byte whether it is one of these characters, (256,)."""
    table = np.zeros(256, bool)
    table[list(characters.encode())] = True
    return table


_SIGN, _INSIDE = _table("+-"), _table(string.digits + string.ascii_letters + ".")


def spellings(cells: pl.Series, values: np.ndarray) -> Mapping[float, str]:
    """Return the most frequent text of each number, or nothing if every number is written as ``label`` writes it.

    cells: a column of texts, null if missing. values: the same cells as numbers.
    """
    if has_many(values):
        return {}
    places = cells.arg_unique().to_numpy()
    places = places[np.isfinite(values[places])]
    if len(places) > 10 * MAX_VALUES:
        return {}
    number = dict(zip(cells.gather(places).to_list(), values[places].tolist(), strict=True))
    if len(set(number.values())) > MAX_VALUES or all(text == label(value) for text, value in number.items()):
        return {}
    counts = cells.value_counts()
    count = dict(zip(counts.to_series(0).to_list(), counts.to_series(1).to_list(), strict=True))
    ranked = sorted(number, key=lambda text: (-count[text], text), reverse=True)  # the best last
    chosen = {number[text]: text for text in ranked}
    return {value: chosen[value] for value in sorted(chosen)}


def has_many(values: np.ndarray) -> bool:
    """Return whether a quick look shows a column of measurements: its numbers are written as they come."""
    return len(np.unique(values[: 2 * MAX_VALUES])) > MAX_VALUES


def may_have_many(rows: int) -> bool:
    """Return whether ``has_many`` is possible in a column of so many rows, and likely if hardly any two are equal."""
    return rows > 2 * MAX_VALUES


def may_have_leading_zeros(content: bytes) -> bool:
    """Return whether a cell may begin with a zero that is followed by a digit. False is reliable; True may be wrong.

    This is ten times as fast as looking at the cells.
    """
    return next(leading_zeros(content), None) is not None


def leading_zeros(content: bytes) -> Iterator[np.ndarray]:
    """Yield the places of zeros before a digit that may begin a cell, in ascending order.

    None follows a digit, a letter or a point, not even with a sign between them, as in 1e-05 and 2020-05-31.
    """
    if content[:1] == b"0" and content[1:2].isdigit():
        yield np.zeros(1, np.int64)
    whole = np.frombuffer(content, np.uint8)
    for start in range(0, len(whole), _CHUNK):
        value = whole[start : start + _CHUNK + 2] - np.uint8(ord("0"))  # wraps around for other characters
        digit = value < 10
        found = (value == 0)[1:-1] & digit[2:]
        found &= ~(digit | (value == _POINT))[:-2]
        if found.any():
            places = np.flatnonzero(found) + (start + 1)
            signed = _SIGN[whole[places - 1]]
            places = places[~_INSIDE[whole[places - 1 - (signed & (places > 1))]]]
            if len(places):
                yield places
