"""Texts that stand for a missing value."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fastnn.data.table import Table
from fastnn.data.wording import bare, listed, quoted
from fastnn.errors import DataError

MISSING_0_1 = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "?")
"""The list of version 0.1, with which its models read their files."""
NEW = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "None",
)  # fmt: skip
USUAL = (*MISSING_0_1, *NEW)
"""The spellings that are missing values unless the user lists others: those of pandas.read_csv, and a few more."""


def numbers_among(na_values: Sequence[str]) -> list[float]:
    """Return the entries that are numbers: -999 also stands for -999.0."""
    found = []
    for text in na_values:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return [value for value in found if math.isfinite(value)]


def empty_column(source: str, name: str, is_target: bool) -> DataError:
    """Return the error for a column without any value."""
    if is_target:
        return DataError(f"{source}: the target {quoted(name)} is empty in every row. Choose another: --target.")
    return DataError(f"{source}: column {quoted(name)} is empty. Leave it out: --ignore {bare(name)}.")


def read_as_missing(table: Table, name: str) -> str:
    """Return a sentence for the error about a missing value, if there are texts such as NA in the column; or ""."""
    texts = table.missing_texts.get(name, ())
    if not texts:
        return ""
    verb = "is" if len(texts) == 1 else "are"
    return f" In this column {listed(texts, 3)} {verb} read as missing; --na-values none reads only empty cells so."
