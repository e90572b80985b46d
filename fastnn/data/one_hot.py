"""A one-hot array of targets, with a single 1 in each row of k columns, stands for the classes 0 ... k - 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastnn.data.table import Table
from fastnn.data.wording import quoted
from fastnn.errors import DataError


def is_one_hot(table: Table, columns: tuple[str, ...]) -> bool:
    """Return whether these columns, at least two, hold a single 1 in each row, and else zeros."""
    return len(columns) > 1 and all(map(table.numeric, columns)) and not _wrong(table, columns).any()


def as_class_numbers(table: Table) -> Table:
    """Return the table with its array of targets as one column, which has the array's name and holds class numbers.

    Raises DataError, with the row, if the array is not one-hot.
    """
    name = table.target_array
    wrong = _wrong(table, table.targets)
    if wrong.any():
        row = table.locate(int(np.argmax(wrong)))
        raise DataError(f"{table.source}, {row}: {quoted(name)} must hold zeros and a single 1, as in training.")
    numbers = np.stack([table.numbers(column) for column in table.targets], axis=1).argmax(axis=1)
    vectors = {column: vector for column, vector in table.vectors.items() if column not in table.targets}
    columns = (*(column for column in table.columns if column not in table.targets), name)
    return replace(table, columns=columns, vectors={**vectors, name: numbers}, targets=(name,), target_array="")


def _wrong(table: Table, columns: tuple[str, ...]) -> np.ndarray:
    """Return which rows are not one-hot, (rows,)."""
    hot, wrong = np.zeros(table.rows, np.int64), np.zeros(table.rows, bool)
    for column in columns:
        values = table.numbers(column)
        hot += values == 1
        wrong |= (values != 0) & (values != 1)
    return wrong | (hot != 1)
