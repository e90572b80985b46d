"""Tables that are given in Python: a frame, or a list of dictionaries."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from fastnn.data.python.dictionaries import from_dictionaries
from fastnn.data.python.frames import from_frame, is_frame, refuse_lazy
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions
from fastnn.errors import UsageError

KNOWN = (
    "a pandas, polars or pyarrow table, a list of dictionaries, the path of a file, or the name of a built-in data set"
)


def read_given(given: Any, source: str, options: ReadOptions) -> Table:
    """Return the table in a frame or a list of dictionaries, or a Table as it is. source: its name in messages.

    options: the kinds of columns that are known, and the columns to leave out, as for a file.
    Raises UsageError for anything else, DataError for columns that cannot be used.
    """
    if isinstance(given, Table):
        return given
    if isinstance(given, list | tuple) and all(isinstance(row, Mapping) for row in given):
        return from_dictionaries(given, source, options)
    if is_frame(given):
        return from_frame(given, source, options)
    raise _not_a_table(given)


def one_row(given: Any) -> Any:
    """Return a list with one dictionary if a dictionary of single values is given, else what is given."""
    if not isinstance(given, Mapping):
        return given
    for name, value in given.items():
        if isinstance(value, list | tuple | np.ndarray) or _is_series(value):
            raise UsageError(
                f"{name!r} in the dictionary is a {type(value).__name__}: a dictionary is one row with a single value "
                "per column. For several rows, give a list of dictionaries or pandas.DataFrame(dictionary)."
            )
    return [given]


def is_array_like(given: Any) -> bool:
    """Return whether this is an array, or a list that may become one, rather than a table."""
    if isinstance(given, list | tuple):
        return bool(given) and not any(isinstance(row, Mapping) for row in given)
    torch = sys.modules.get("torch")
    return isinstance(given, np.ndarray) or (torch is not None and isinstance(given, torch.Tensor))


def _is_series(given: Any) -> bool:
    return type(given).__name__ in ("Series", "ChunkedArray") or hasattr(given, "to_frame")


def _not_a_table(given: Any) -> UsageError:
    library = type(given).__module__.partition(".")[0]
    what = f"{library}.{type(given).__name__}".removeprefix("builtins.")
    refuse_lazy(given)
    if _is_series(given):
        return UsageError(
            f"A {what} is one column: give a table. For one row of a table, use a slice: table[i : i + 1], or "
            "table.iloc[i : i + 1] in pandas."
        )
    if isinstance(given, list | tuple) and any(isinstance(row, Mapping) for row in given):
        return UsageError("The list holds dictionaries and other things: it must hold one dictionary per row.")
    if isinstance(given, Mapping):
        return UsageError("A dictionary is not a table: give pandas.DataFrame(dictionary), or a list of dictionaries.")
    return UsageError(f"A table is needed, not {what}: give {KNOWN}.")
