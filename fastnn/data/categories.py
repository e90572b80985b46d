"""Columns of texts as inputs: one input for each label that the training rows have, which is 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.matching import places, respelled
from fastnn.data.missing import read_as_missing
from fastnn.data.remarks import Remarks
from fastnn.data.table import Table
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError


def one_hot(
    table: Table, rows: np.ndarray, name: str, labels: tuple[str, ...], missing: str, out: np.ndarray, remarks: Remarks
) -> None:
    """Write the inputs of a column to ``out``, (rows, labels) zeros. An unknown label and an empty cell stay 0.

    Raises DataError for an empty cell if ``missing`` is "error", and if most labels of another table are unknown.
    """
    text, codes = table.texts[name], table.texts[name].codes[rows]
    found = places(labels, text.labels)
    column = np.append(found, -1).astype(np.int32)[codes]
    refuse_empty(table, rows, name, codes < 0, missing, remarks)
    hit = np.flatnonzero(column >= 0)
    out[hit, column[hit]] = 1
    otherwise = respelled(labels, text.labels, found)
    if otherwise.any() and otherwise[codes[hit]].any():
        remarks.respelled.add(name)
    new = codes[(codes >= 0) & (column < 0)] if len(hit) < len(codes) else codes[:0]
    if not len(new):
        return
    unseen, counts = np.unique(new, return_counts=True)
    # One row alone does not tell a new category from a wrong spelling.
    if not remarks.own and len(hit) < len(new) and len(hit) + len(new) > 1:
        raise DataError(_no_match(table, name, labels, [text.labels[c] for c in unseen], len(hit), len(new), missing))
    counter = remarks.unseen.setdefault(name, type(remarks.filled)())
    counter.update({text.labels[code]: int(count) for code, count in zip(unseen, counts, strict=True)})


def constant(
    table: Table, rows: np.ndarray, name: str, labels: tuple[str, ...], missing: str, out: np.ndarray, remarks: Remarks
) -> None:
    """Write the inputs of a column with one label, or none, in all training rows: the same for every row."""
    text, codes = table.texts[name], table.texts[name].codes[rows]
    refuse_empty(table, rows, name, codes < 0, missing, remarks)
    out[:] = 1
    if labels and not (codes == exact_place(text.labels, labels[0])).all():
        remarks.fixed.add(name)
    other = (codes >= 0) & (np.append(places(labels, text.labels), -1)[codes] < 0)
    if other.any():
        at = int(np.argmax(other))
        was = quoted(labels[0]) if labels else ""
        remarks.ignore(name, was, int(rows[at]), quoted(text.labels[codes[at]]))


def exact_place(labels: Sequence[str], label: str) -> int:
    """Return the place of a label, or -2, which is no code."""
    return labels.index(label) if label in labels else -2


def refuse_empty(table: Table, rows: np.ndarray, name: str, empty: np.ndarray, missing: str, remarks: Remarks) -> None:
    """Record empty cells. Raise DataError for the first one if ``missing`` is "error"."""
    if empty.any():
        if missing == "error":
            raise no_value(table, int(rows[np.argmax(empty)]), name)
        remarks.filled[name] += int(np.count_nonzero(empty))


def no_value(table: Table, row: int, name: str) -> DataError:
    """Return the error for an empty cell."""
    return DataError(
        f"{table.source}, {table.locate(row)}: column {quoted(name)} has no value. Fill it in, or train with "
        f"--missing mean, or without the column: --ignore {bare(name)}.{read_as_missing(table, name)}"
    )


def _no_match(
    table: Table, name: str, labels: tuple[str, ...], texts: list[str], hits: int, misses: int, missing: str
) -> str:
    def some(words: tuple[str, ...] | list[str]) -> str:
        return ", ".join(map(quoted, words[:3])) + (" ..." if len(words) > 3 else "")

    empty = "leave the cells empty, or " if missing == "mean" else ""
    return (
        f"{table.source}: only {hits:,} of {hits + misses:,} rows have a category of column {quoted(name)} that the "
        f"training rows had. Here: {some(texts)}; in training: {some(labels)}. Write the categories as in training, or "
        f"{empty}train again with such rows."
    )
