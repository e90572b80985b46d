"""Columns of Python values, in which each value has a type of its own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np

from fastnn.data.labels import MIXED
from fastnn.data.python.gathering import Gathering, as_float, is_none, missing
from fastnn.data.table import label
from fastnn.data.wording import bare, quoted


def add_values(gathering: Gathering, name: str, values: Sequence[Any]) -> None:
    """Add a column of Python values: numbers, booleans or texts, with None and NaN for no value.

    Raises DataError for a column that mixes them, unless it is known to hold categories, and for other types.
    """
    values = gathering.without_na_texts(values)
    kinds = _kinds(values)
    if "float" in kinds and len(kinds) > 1 and set(kinds) != {"integer", "float"}:  # texts, with NaN for no value
        values = [None if none else value for value, none in zip(values, missing(values), strict=True)]
        kinds = _kinds(values)
    if "" in kinds:
        what = f"{type(kinds['']).__name__} values ({quoted(str(kinds['']))})"
        raise gathering.refusal(name, what, "Convert it to numbers or texts.")
    if not kinds:
        gathering.add_nothing(name)
    elif set(kinds) <= {"integer", "float"}:
        _add_numbers(gathering, name, values, "float" in kinds)
    elif len(kinds) > 1:
        if gathering.options.kinds.get(name) != "category":
            shown = " and ".join(f"{what} ({quoted(str(value))})" for what, value in kinds.items())
            remedy = f"Convert it to one type, or declare it a category: --categorical {bare(name)}."
            raise gathering.refusal(name, f"values of several types: {shown}", remedy)
        gathering.add_texts(name, [None if is_none(value) else as_label(value) for value in values], MIXED)
    elif "text" in kinds:
        gathering.add_texts(name, [None if is_none(value) else str(value) for value in values])
    else:
        gathering.add_booleans(name, [None if is_none(value) else bool(value) for value in values])


def add_categories(gathering: Gathering, name: str, values: Sequence[Any]) -> None:
    """Add a column whose type is a category, even if its categories are numbers or truth values."""
    values = [None if none else value for value, none in zip(values, missing(values), strict=True)]
    kinds = set(_kinds(values))
    written = "float" if kinds == {"integer", "float"} else MIXED if len(kinds) > 1 else "".join(kinds)
    gathering.add_texts(name, [None if value is None else as_label(value) for value in values], written or "text")


def as_label(value: Any) -> str:
    """Return the label of a value that is a category."""
    kind = _kind(type(value))
    if kind == "integer":
        return str(int(value))
    return label(as_float(value)) if kind == "float" else str(value)


def _add_numbers(gathering: Gathering, name: str, values: Sequence[Any], fractions: bool) -> None:
    known = np.array([not is_none(value) for value in values])
    if fractions:
        column = np.array([as_float(value) if there else np.nan for value, there in zip(values, known, strict=True)])
        gathering.add_numbers(name, column)
        return
    integers = np.empty(int(known.sum()), object)
    integers[:] = [int(value) for value in values if not is_none(value)]
    gathering.add_integers(name, integers, known)


def _kinds(values: Sequence[Any]) -> dict[str, Any]:
    """Return the kinds of the values that are there, each with its first value."""
    first: dict[type, Any] = {}
    for value in values:  # a test per type, not per value, since there are many values
        if type(value) not in first:
            first[type(value)] = value
    kinds: dict[str, Any] = {}
    for value in first.values():
        if not is_none(value):
            kinds.setdefault(_kind(type(value)), value)
    return kinds


def _kind(of: type) -> str:
    """Return "boolean", "integer", "float" or "text"; "" for any other type."""
    if issubclass(of, bool | np.bool_):
        return "boolean"
    if issubclass(of, Integral):
        return "integer"
    if issubclass(of, Real | Decimal):
        return "float"
    return "text" if issubclass(of, str) else ""
