"""A list of dictionaries as a Table: one dictionary per row, with a value for each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastnn.data.python.gathering import Gathering
from fastnn.data.python.values import add_values
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions
from fastnn.errors import DataError


def from_dictionaries(rows: Sequence[Mapping[Any, Any]], source: str, options: ReadOptions) -> Table:
    """Return the table. Its columns are in the order in which their names first occur; an absent one has no value."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise DataError(f"{source} has no columns.")
    gathering = Gathering(source, names, len(rows), options)
    for place, name in gathering.needed:
        key = names[place]
        add_values(gathering, name, [row.get(key) for row in rows])
    return gathering.table()
