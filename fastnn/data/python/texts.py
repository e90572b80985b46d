"""Texts that are given in Python, encoded as the cells of a file are: stripped, and as places in a sorted list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.table import Text
from fastnn.data.text.cells import strip
from fastnn.data.text.records import BLANKS

if TYPE_CHECKING:
    import polars as pl


def from_list(values: Sequence[str | None], absent: frozenset[str]) -> tuple[Text, str | None]:
    """Return (the texts, one with white space at its ends or None).

    Without polars, whose threads do not survive a fork: a prediction in a forked process would wait for ever.
    """
    found = {value: value.strip(BLANKS) for value in dict.fromkeys(values) if value is not None}
    labels = sorted({str(text) for text in found.values()} - absent - {""})
    place = {label: i for i, label in enumerate(labels)}
    code: dict[str | None, int] = {value: place.get(text, -1) for value, text in found.items()}
    code[None] = -1
    padded = next((str(value) for value, text in found.items() if text in place and text != value), None)
    return Text(np.fromiter(map(code.__getitem__, values), np.int32, len(values)), tuple(labels)), padded


def from_polars(values: pl.Series, absent: frozenset[str]) -> tuple[Text, str | None]:
    """Return the same for a Series of polars."""
    import polars as pl

    series = strip(values)
    if absent:
        series = series.set(series.is_in(list(absent)).fill_null(False), None)
    labels = series.drop_nulls().unique().sort()
    codes = series.cast(pl.Enum(labels)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    padded = values.filter((series != values).fill_null(False))
    return Text(codes, tuple(labels.to_list())), padded[0] if len(padded) else None
