"""Texts that stand for a missing value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fastnn.data.table import Table
from fastnn.data.wording import listed, quoted

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


def said(found: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[str]]:
    """Return (notes, changes) about texts that version 0.1 took for categories. found: column -> text -> cells."""
    places = [
        f"{quoted(text)} in column {quoted(name)} ({count} cell{'s' if count > 1 else ''})"
        for name, counts in found.items()
        for text, count in counts.items()
    ]
    if not places:
        return [], []
    shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    notes = [f"read as missing: {shown}; if these are values, say what is missing with --na-values (none: empty cells)"]
    return notes, [f"{quoted(text)} in {quoted(name)} is a missing value" for name in found for text in found[name]][:3]


def not_a_value(table: Table, name: str) -> str:
    """Return a sentence for the error about a missing value, if there are texts such as NA in the column; or ""."""
    texts = table.missing_texts.get(name, ())
    if not texts:
        return ""
    verb = "is" if len(texts) == 1 else "are"
    return f" In this column {listed(texts, 3)} {verb} read as missing; --na-values none reads only empty cells so."
