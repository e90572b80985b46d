"""Columns of Python values, in which each value has a type of its own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np

from fastnn.data.gathering import Gathering, missing
from fastnn.data.table import label
from fastnn.data.wording import quoted


def add_values(gathering: Gathering, name: str, values: Sequence[Any]) -> None:
    """Add a column of Python values: numbers, booleans or texts, with None and NaN for no value.

    Raises DataError for a column that mixes them, unless it is known to hold categories, and for other types.
    """
    absent = missing(values)
    known = [value for value, none in zip(values, absent, strict=True) if not none]
    types: dict[str, Any] = {}
    for value in known:
        types.setdefault(type_of(value), value)
    if "" in types:
        what = f"{type(types['']).__name__} values ({quoted(str(types['']))})"
        raise gathering.refusal(name, what, "Convert it to numbers or texts.")
    if not types:
        gathering.add_nothing(name)
    elif len(types) > 1 and set(types) != {"integer", "float"}:
        if gathering.options.kinds.get(name) != "category":
            shown = " and ".join(f"{what} ({quoted(str(value))})" for what, value in types.items())
            raise gathering.refusal(
                name, f"values of several types: {shown}", f"Convert it to one type, or declare it a category: "
                f"--categorical {name}."
            )  # fmt: skip
        gathering.add_texts(name, [None if none else as_label(v) for v, none in zip(values, absent, strict=True)])
    elif "text" in types:
        gathering.add_texts(name, [None if none else str(v) for v, none in zip(values, absent, strict=True)])
    elif "boolean" in types:
        gathering.add_booleans(name, [None if none else bool(v) for v, none in zip(values, absent, strict=True)])
    elif set(types) == {"integer"}:
        gathering.add_integers(name, np.array([int(v) for v in known], object), ~np.array(absent))
    else:
        gathering.add_numbers(
            name, np.array([np.nan if n else as_float(v) for v, n in zip(values, absent, strict=True)])
        )


def type_of(value: Any) -> str:
    """Return "boolean", "integer", "float" or "text"; "" for any other type."""
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, Integral):
        return "integer"
    if isinstance(value, Real | Decimal):
        return "float"
    return "text" if isinstance(value, str) else ""


def as_label(value: Any) -> str:
    """Return the label of a value that is a category."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    return label(as_float(value)) if type_of(value) == "float" else str(value)


def as_float(value: Any) -> float:
    """Return a real number as a float, infinite if it is too large."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
