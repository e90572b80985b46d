"""Columns that only number the rows, such as the index that pandas writes. A network would learn the order of the rows.

Sorted rows make such a column a perfect feature in a test, and a useless one afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.table import Table, Text
from fastnn.data.wording import bare, listed, quoted

NAMES = ("Unnamed: 0", "__index_level_0__")  # what pandas calls an index that it reads, and Arrow one that it stores
MIN_ROWS = 3


def without_row_numbers(table: Table, columns: Sequence[str]) -> tuple[tuple[str, ...], list[str], list[str]]:
    """Return (the columns that are features, notes, changes) of the columns that may be features.

    A column is left out if it is the first one and has no name, or if it counts up by one from row to row: from any
    number if it is the first column, else from 0 or 1.
    """
    columns = tuple(columns)
    if not table.may_have_index or table.rows < MIN_ROWS:
        return columns, [], []
    unnamed = [name for name in columns[:1] if name == table.columns[0] and (table.unnamed or name in NAMES)]
    counting = _counting(table, [name for name in columns if name not in unnamed])
    out = [*unnamed, *counting]
    if not out:
        return columns, [], []
    left = tuple(name for name in columns if name not in out)
    if left:
        return left, [_note(unnamed, counting)], [f"column {quoted(name)} is left out" for name in out][:3]
    kept, out = out[-1], out[:-1]
    note = f"column {quoted(kept)} only numbers the rows, but there is no other column to learn from"
    others = [name for name in unnamed if name in out], [name for name in counting if name in out]
    return (kept,), [note, *([_note(*others)] if out else [])], [f"column {quoted(name)} is left out" for name in out]


def _counting(table: Table, columns: Sequence[str]) -> list[str]:
    """Return the columns of integers that count up by one from row to row."""
    found = []
    inside = [name for name in columns if name in table.in_matrix]
    head = table.matrix[:MIN_ROWS][:, [table.in_matrix[name] for name in inside]]  # most columns end here
    with np.errstate(invalid="ignore"):
        begins = (head[1:] - head[:-1] == 1).all(axis=0)
    steady = [name for name, begin in zip(inside, begins.tolist(), strict=True) if begin]
    for name in [*steady, *(name for name in columns if name in table.vectors)]:
        values = table.numbers(name)
        start = values[0]
        may = start == np.floor(start) if name == table.columns[0] else start in (0, 1)
        if may and np.array_equal(values, start + np.arange(len(values), dtype=np.float64)):
            found.append(name)
    found += [name for name in columns if name in table.texts and _counts_as_text(table.texts[name], table.rows)]
    return [name for name in columns if name in found]


def _counts_as_text(text: Text, rows: int) -> bool:
    """Return whether the cells are codes that count up, such as 0001, 0002 ..."""
    labels = text.labels
    if len(labels) != rows or not np.array_equal(text.codes, np.arange(rows)) or len(set(map(len, labels))) > 1:
        return False
    if not all(label.isascii() and label.isdigit() for label in labels) or len(labels[0]) > 15:
        return False
    return all(int(label) - int(labels[0]) == i for i, label in enumerate(labels))


def _note(unnamed: Sequence[str], counting: Sequence[str]) -> str:
    parts = []
    if unnamed:
        parts.append(f"the first column has no name and is left out ({bare(unnamed[0])})")
    if counting:
        many = f"column {quoted(counting[0])}" if len(counting) == 1 else f"{len(counting)} columns"
        names = "" if len(counting) == 1 else f": {listed(counting, 5)}"
        verbs = "only numbers the rows and is" if len(counting) == 1 else "only number the rows and are"
        parts.append(f"{many} {verbs} left out{names}")
    return f"{'; '.join(parts)}; to learn from {'it' if len(unnamed) + len(counting) == 1 else 'them'}, use --features"
