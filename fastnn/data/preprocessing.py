"""The transformation of columns into the inputs of a network. It is plain data and is saved in the model file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn.data.missing import MISSING_0_1, USUAL, not_a_value
from fastnn.data.table import Table, as_float64
from fastnn.data.target import Target, require
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError, ModelError, abridged, near_name

MISSING = {
    "error": "an empty cell is an error",
    "mean": "an empty cell takes the mean of the training rows; in a column of texts it has no category",
}
_CHUNK = 1 << 17  # numbers that are transformed together, so that their float64 copy stays in the cache


@dataclass(frozen=True)
class Preprocessing:
    """Numbers become (x - mean) / scale; a column of texts becomes one input per label, which is 0 or 1.

    The order of the inputs: ``numbers``, then the labels of each of ``texts``. named, decimal, na_values: the format
    of the file that the preprocessing was fitted on (see Table). Other files are read in the same way.
    """

    numbers: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]
    target: Target
    missing: str = "error"
    named: bool = True
    decimal: str = "."
    na_values: tuple[str, ...] = USUAL

    @property
    def width(self) -> int:
        """The number of inputs."""
        return len(self.numbers) + sum(len(labels) for _, labels in self.texts)

    @property
    def kinds(self) -> dict[str, str]:
        """The required kind of each column: "number" or "category"."""
        return dict.fromkeys(self.numbers, "number") | {name: "category" for name, _ in self.texts}

    def inputs(
        self, table: Table, rows: np.ndarray | None = None, dtype: str = "float32"
    ) -> tuple[np.ndarray, list[str]]:
        """Return the inputs (rows, width) in ``dtype``, and notes on labels that the training rows did not have.

        The table may have its columns in any order, and more columns. Raises DataError for a column that is missing
        or of the wrong kind, for infinite numbers, and, if ``missing`` is "error", for empty cells.
        """
        self._check_columns(table)
        rows = np.arange(table.rows) if rows is None else rows
        out = np.zeros((len(rows), self.width), dtype)
        self._from_matrix(table, rows, out)
        for i, name in enumerate(self.numbers):
            if name in table.vectors:
                column = as_float64(table.vectors[name][rows])
                self._check_numbers(table, column[:, None], rows, [name])
                with np.errstate(over="ignore", invalid="ignore"):
                    out[:, i] = (column - self.mean[i]) / self.scale[i]
        if self.missing == "mean":
            np.nan_to_num(out, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
        with np.errstate(over="ignore", invalid="ignore"):  # a sum is faster than checking every number
            doubtful = not np.isfinite(out.sum(dtype=np.float64))
        if doubtful and len(beyond := np.argwhere(~np.isfinite(out))):
            row, column = beyond[0]
            raise DataError(
                f"{table.source}, {table.locate(int(rows[row]))}: column {quoted(self.numbers[column])} is so far "
                f"from the training rows that a {dtype} cannot hold it."
            )
        return out, self._one_hot(table, rows, out)

    def _from_matrix(self, table: Table, rows: np.ndarray, out: np.ndarray) -> None:
        """Transform the columns in the table's matrix, a few rows at a time, to avoid a float64 copy of all rows."""
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
            chunk = as_float64(chunk)
            self._check_numbers(table, chunk, part, names)
            with np.errstate(over="ignore", invalid="ignore"):  # the caller finds numbers that overflow
                chunk -= mean
                chunk /= scale
                out[start : start + step, into] = chunk

    def _check_columns(self, table: Table) -> None:
        known = set(table.columns)
        absent = [name for name in self.kinds if name not in known]
        if absent:
            near = [
                f"{quoted(name)} (is it {quoted(like)}?)" if (like := near_name(name, table.columns)) else quoted(name)
                for name in absent[:8]
            ]
            what = "a column" if len(absent) == 1 else f"{len(absent)} columns"
            raise DataError(
                f"{table.source} lacks {what} that the model was trained on: {', '.join(near)}"
                f"{' ...' if len(absent) > 8 else ''}. Its columns: {abridged([bare(c) for c in table.columns])}."
            )
        for name, kind in self.kinds.items():
            holds = "numbers" if kind == "number" else "texts"
            if table.numeric(name) != (kind == "number"):
                raise DataError(f"{table.source}: column {quoted(name)} must hold {holds}, as in training.")

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
            f"{where}: column {quoted(names[column])} is infinite. A network needs finite numbers: correct the "
            f"cell, or train without the column: --ignore {bare(names[column])}."
        )

    def _one_hot(self, table: Table, rows: np.ndarray, out: np.ndarray) -> list[str]:
        """Fill in the inputs for the labels. Return a note on labels that were not seen in training."""
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
                found = np.unique(new)
                shown = ", ".join(quoted(text.labels[code]) for code in found[:3]) + (" ..." if len(found) > 3 else "")
                many = "1 row" if len(new) == 1 else f"{len(new)} rows"
                unseen.append(f"column {quoted(name)} {shown} ({many})")
        if not unseen:
            return []
        more = f"; and in {len(unseen) - 3} more columns" if len(unseen) > 3 else ""
        return [
            f"{table.source}: categories that did not occur in the training rows are treated as no category: "
            f"{'; '.join(unseen[:3])}{more}"
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the preprocessing as lists, strings and numbers, for a model file."""
        return {
            "numbers": list(self.numbers),
            "mean": list(self.mean),
            "scale": list(self.scale),
            "texts": [[name, list(labels)] for name, labels in self.texts],
            "missing": self.missing,
            "named": self.named,
            "decimal": self.decimal,
            "na_values": list(self.na_values),
            "target": self.target.to_json(),
        }

    @classmethod
    def from_json(cls, found: Any, where: str) -> Preprocessing:
        """Return the preprocessing from the result of to_json. Execute nothing. Raise ModelError if it is damaged."""
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
            na_values = tuple(found.get("na_values", MISSING_0_1))
            require(all(isinstance(text, str) for text in na_values))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ModelError(f"{where}: the preprocessing in the model file is damaged.") from None
        return cls(numbers, mean, scale, texts, target, found["missing"], named, decimal, na_values)


def _no_value(table: Table, row: int, name: str) -> DataError:
    return DataError(
        f"{table.source}, {table.locate(row)}: column {quoted(name)} has no value. Fill it in, or train with "
        f"--missing mean, or without the column: --ignore {bare(name)}.{not_a_value(table, name)}"
    )
