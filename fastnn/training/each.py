"""Arguments of fastnn.train_many: one value for all networks, or a list with one for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastnn.errors import UsageError

PAIRS = ("validation", "rows")  # their values may be pairs; a pair is a tuple, since a list has one value per network


def one_each(arguments: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Return the arguments of each of ``count`` networks. Raises UsageError."""
    columns = {name: _column(name, value, count) for name, value in arguments.items()}
    return [{name: column[number] for name, column in columns.items()} for number in range(count)]


def _column(name: str, value: Any, count: int) -> list[Any]:
    if isinstance(value, list):
        if len(value) != count:
            raise UsageError(
                f"{name} is a list of {len(value)}, but there are {count} networks: give one for each of them, or one "
                "value for all, which is not a list."
            )
    elif (
        isinstance(value, Iterable) and not isinstance(value, str) and not (name in PAIRS and isinstance(value, tuple))
    ):
        allowed = "one value for all networks (a pair is a tuple)" if name in PAIRS else "one value for all networks"
        raise UsageError(f"{name} is a {type(value).__name__}: it must be {allowed}, or a list with one for each.")
    column = value if isinstance(value, list) else [value] * count
    for number, one in enumerate(column):
        if isinstance(one, list):
            a_pair = ": a pair of arrays must be a tuple" if name in PAIRS else " and must be a single value"
            raise UsageError(f"{name}[{number}] is a list{a_pair}.")
    return column
