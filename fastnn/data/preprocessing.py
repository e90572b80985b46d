"""How columns become a network's inputs: pure data, kept in the model file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn.data.table import Table
from fastnn.data.target import Target, require
from fastnn.errors import DataError, ModelError, abridged, near_name

MISSING = {
    "error": "an empty cell is an error",
    "mean": "an empty cell takes the mean of the training rows, in a column of texts no category",
}
_CHUNK = 1 << 17  # numbers transformed at once: their float64 copy stays in cache


@dataclass(frozen=True)
class Preprocessing:
    """Numbers become (x - mean) / scale, texts one column for each label, the target what ``target`` says.

    The inputs stand in this order: ``numbers``, then for each of ``texts`` its labels. named, decimal: how the file
    was written that it was fitted on, see Table; others are read in the same way.
    """

    numbers: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]
    target: Target
    missing: str = "error"
    named: bool = True
    decimal: str = "."

    @property
    def width(self) -> int:
        """How many inputs the network has."""
        return len(self.numbers) + sum(len(labels) for _, labels in self.texts)

    @property
    def kinds(self) -> dict[str, str]:
        """What every column must hold: "number" or "category"."""
        return dict.fromkeys(self.numbers, "number") | {name: "category" for name, _ in self.texts}

    def inputs(
        self, table: Table, rows: np.ndarray | None = None, dtype: str = "float32"
    ) -> tuple[np.ndarray, list[str]]:
        """(rows, width) of ``dtype``, and remarks on labels that were not among the training rows.

        The table's columns may stand in any order, and there may be others. Raises DataError for a column
        that is absent or of another kind, for infinities, and for empty cells where ``missing`` is "error".
        """
        self._check_columns(table)
        rows = np.arange(table.rows) if rows is None else rows
        out = np.zeros((len(rows), self.width), dtype)
        self._from_matrix(table, rows, out)
        for i, name in enumerate(self.numbers):
            if name in table.vectors:
                column = table.vectors[name][rows].astype(np.float64)
                self._check_numbers(table, column[:, None], rows, [name])
                with np.errstate(over="ignore"):
                    out[:, i] = (column - self.mean[i]) / self.scale[i]
        if self.missing == "mean":
            np.nan_to_num(out, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
        if not np.isfinite(out.sum(dtype=np.float64)):
            row, column = np.argwhere(~np.isfinite(out))[0]
            raise DataError(
                f"{table.source}, {table.locate(int(rows[row]))}: column {self.numbers[column]!r} is so far "
                f"from the training rows that it is no {dtype} number any more."
            )
        return out, self._one_hot(table, rows, out)

    def _from_matrix(self, table: Table, rows: np.ndarray, out: np.ndarray) -> None:
        """The columns in the table's matrix, a few rows at a time, so without a float64 copy of the whole."""
        inside = [i for i, name in enumerate(self.numbers) if name in table.in_matrix]
        if not inside:
            return
        names = [self.numbers[i] for i in inside]
        places = np.array([table.in_matrix[name] for name in names])
        everything = np.array_equal(places, np.arange(table.matrix.shape[1]))
        mean, scale = np.array(self.mean)[inside], np.array(self.scale)[inside]
        into: Any = slice(0, len(inside)) if inside == list(range(len(inside))) else inside
        step = max(_CHUNK // len(inside), 1)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            chunk = table.matrix[part] if everything else table.matrix[np.ix_(part, places)]
            chunk = chunk.astype(np.float64)
            self._check_numbers(table, chunk, part, names)
            with np.errstate(over="ignore"):  # what overflows is found, with its place, in the whole
                chunk -= mean
                chunk /= scale
                out[start : start + step, into] = chunk

    def _check_columns(self, table: Table) -> None:
        known = set(table.columns)
        absent = [name for name in self.kinds if name not in known]
        if absent:
            near = [f"{name!r} (is it {like!r}?)" if (like := near_name(name, table.columns)) else repr(name)
                    for name in absent[:8]]  # fmt: skip
            what = "a column" if len(absent) == 1 else f"{len(absent)} columns"
            raise DataError(
                f"{table.source} lacks {what} that the model was trained on: {', '.join(near)}"
                f"{' ...' if len(absent) > 8 else ''}. Its columns: {abridged(table.columns)}."
            )
        for name, kind in self.kinds.items():
            holds = "numbers" if kind == "number" else "texts"
            if table.numeric(name) != (kind == "number"):
                raise DataError(f"{table.source}: column {name!r} must hold {holds}, as when the model was trained.")

    def _check_numbers(self, table: Table, chunk: np.ndarray, rows: np.ndarray, names: Sequence[str]) -> None:
        good = np.isfinite(chunk)
        if self.missing == "mean":
            good |= np.isnan(chunk)
        if good.all():
            return
        row, column = np.argwhere(~good)[0]
        if np.isnan(chunk[row, column]):
            raise _no_value(table, int(rows[row]), names[column])
        where = f"{table.source}, {table.locate(int(rows[row]))}"
        raise DataError(
            f"{where}: column {names[column]!r} is infinite. A network needs finite numbers: correct the "
            f"cell, or train without the column: --ignore {names[column]}."
        )

    def _one_hot(self, table: Table, rows: np.ndarray, out: np.ndarray) -> list[str]:
        """Fill in the columns of the labels; a remark on labels that were not seen in training."""
        unseen = []
        at = len(self.numbers)
        for name, labels in self.texts:
            text = table.texts[name]
            places = {label: i for i, label in enumerate(labels)}
            known = np.array([places.get(label, -1) for label in text.labels] + [-1], dtype=np.int64)
            codes = text.codes[rows]
            if self.missing == "error" and (codes < 0).any():
                raise _no_value(table, int(rows[np.argmax(codes < 0)]), name)
            column = known[codes]
            hit = np.flatnonzero(column >= 0)
            out[hit, at + column[hit]] = 1
            at += len(labels)
            new = codes[(codes >= 0) & (column < 0)]
            if len(new):
                found = [repr(text.labels[code]) for code in np.unique(new)]
                shown = ", ".join(found[:3]) + (" ..." if len(found) > 3 else "")
                many = "1 row" if len(new) == 1 else f"{len(new)} rows"
                unseen.append(f"column {name!r} {shown} ({many})")
        if not unseen:
            return []
        more = f"; and in {len(unseen) - 3} more columns" if len(unseen) > 3 else ""
        return [
            f"{table.source}: categories that did not occur in the training rows count as none: "
            f"{'; '.join(unseen[:3])}{more}"
        ]

    def to_json(self) -> dict[str, Any]:
        """The preprocessing as lists, texts and numbers, for a model file."""
        return {
            "numbers": list(self.numbers),
            "mean": list(self.mean),
            "scale": list(self.scale),
            "texts": [[name, list(labels)] for name, labels in self.texts],
            "missing": self.missing,
            "named": self.named,
            "decimal": self.decimal,
            "target": self.target.to_json(),
        }

    @classmethod
    def from_json(cls, found: Any, where: str) -> Preprocessing:
        """What a model file holds, checked; executes nothing. ModelError if it is not a preprocessing."""
        try:
            require(isinstance(found, dict))
            numbers, mean, scale = tuple(found["numbers"]), tuple(found["mean"]), tuple(found["scale"])
            texts = tuple((name, tuple(labels)) for name, labels in found["texts"])
            target = Target.from_json(found["target"])
            columns = [*numbers, *(name for name, _ in texts)]
            words = [*columns, *(label for _, labels in texts for label in labels)]
            require(all(isinstance(word, str) for word in words) and found["missing"] in MISSING)
            require(len(numbers) == len(mean) == len(scale) and len(set(columns)) == len(columns))
            require(all(isinstance(v, int | float) and math.isfinite(v) for v in mean + scale) and all(scale))
            named, decimal = found.get("named", True), found.get("decimal", ".")
            require(isinstance(named, bool) and decimal in (".", ","))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ModelError(f"{where}: the preprocessing in the model file is damaged.") from None
        return cls(numbers, mean, scale, texts, target, found["missing"], named, decimal)


def _no_value(table: Table, row: int, name: str) -> DataError:
    return DataError(
        f"{table.source}, {table.locate(row)}: column {name!r} has no value. Fill it in; or train with "
        f"--missing mean, or without the column: --ignore {name}."
    )
