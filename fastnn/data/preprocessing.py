"""The transformation of columns into the inputs of a network. It is plain data and is saved in the model file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fastnn.data import categories
from fastnn.data.encoding import Edges, encode, smooth_clip
from fastnn.data.missing import MISSING_0_1, USUAL
from fastnn.data.remarks import Remarks, shown
from fastnn.data.table import Table, as_float64
from fastnn.data.target import Target, require
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError, ModelError, abridged, near_name

MISSING = {
    "error": "an empty cell is an error",
    "mean": "an empty cell takes the mean of the training rows; in a column of texts it has no category",
}
MISSING_TARGET = {"error": "a row without a target is an error", "drop": "it is left out"}
_CHUNK = 1 << 17  # numbers that are transformed together, so that their float64 copy stays in the cache


@dataclass(frozen=True)
class Preprocessing:
    """Numbers become (x - mean) / scale; a column of texts becomes one input per label, which is 0 or 1.

    The order of the inputs: ``numbers``, then the labels of each of ``texts``, then the bins of each number. clip: the
    limit of the smooth clip of numbers, or None. bins: for each of ``numbers``, the edges of its bins in standard
    deviations, () without bins (see fastnn.data.encoding); () if no number has bins.

    own: in a model of several networks, the preprocessing of each one, if each is fitted on other rows. This one then
    describes all of these rows, and scales the targets of all networks alike.

    named, decimal, na_values: the format
    of the file that the preprocessing was fitted on (see Table). Other files are read in the same way.

    constant: columns with one value, or none, in all training rows. Their inputs are the same in every row of any
    table: 0 for a number, 1 for the only label. low, high: the range of each of ``numbers`` in the training rows, None
    if all its cells were empty. A model of version 0.1 has none of these three.
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
    constant: tuple[str, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    missing_target: str = "error"
    clip: float | None = None
    bins: tuple[Edges, ...] = ()
    own: tuple[Preprocessing, ...] = ()

    @property
    def width(self) -> int:
        """The number of inputs."""
        in_bins = sum(len(edges) - 1 for edges in self.bins if edges)
        return len(self.numbers) + sum(len(labels) for _, labels in self.texts) + in_bins

    @property
    def kinds(self) -> dict[str, str]:
        """The required kind of each column: "number" or "category"."""
        return dict.fromkeys(self.numbers, "number") | {name: "category" for name, _ in self.texts}

    def inputs(
        self, table: Table, rows: np.ndarray | None = None, dtype: str = "float32", remarks: Remarks | None = None
    ) -> tuple[np.ndarray, list[str]]:
        """Return the inputs (rows, width) in ``dtype``, and notes on cells that have no effect.

        remarks: where to collect the notes instead. The table may have its columns in any order, and more columns.
        Raises DataError for a column that is missing or of the wrong kind, for infinite numbers, for a column of texts
        most of which the training rows did not have, and, if ``missing`` is "error", for empty cells.
        """
        self._check_columns(table)
        said = remarks or Remarks(table)
        rows = np.arange(table.rows) if rows is None else rows
        out = np.zeros((len(rows), self.width), dtype)
        fixed, filled = set(self.constant), said.filled.total()
        self._from_matrix(table, rows, out, fixed, said)
        for i, name in enumerate(self.numbers):
            if name in table.vectors:
                column = as_float64(table.vectors[name][rows])
                if name in fixed:
                    self._fix(column, rows, i, said)
                self._check_numbers(table, column[:, None], rows, [name], said)
                with np.errstate(over="ignore", invalid="ignore"):
                    out[:, i] = (column - self.mean[i]) / self.scale[i]
        if said.filled.total() > filled:
            np.nan_to_num(out, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
        with np.errstate(over="ignore", invalid="ignore"):  # a sum is faster than checking every number
            doubtful = not np.isfinite(out.sum(dtype=np.float64))
        if doubtful and len(beyond := np.argwhere(~np.isfinite(out))):
            row, column = beyond[0]
            raise DataError(
                f"{table.source}, {table.locate(int(rows[row]))}: column {quoted(self.numbers[column])} is so far "
                f"from the training rows that a {dtype} cannot hold it."
            )
        at = len(self.numbers)
        for name, labels in self.texts:
            fill = categories.constant if name in fixed else categories.one_hot
            fill(table, rows, name, labels, self.missing, out[:, at : at + len(labels)], said)
            at += len(labels)
        for i, edges in enumerate(self.bins):
            if edges:
                encode(out[:, i], edges, out[:, at : at + len(edges) - 1])
                at += len(edges) - 1
        if self.clip is not None:
            for i in range(len(self.numbers)):
                out[:, i] = smooth_clip(out[:, i], self.clip)
        return out, [] if remarks else said.notes()

    def _from_matrix(self, table: Table, rows: np.ndarray, out: np.ndarray, fixed: set[str], said: Remarks) -> None:
        """Transform the columns in the table's matrix, a few rows at a time, to avoid a float64 copy of all rows."""
        inside = [i for i, name in enumerate(self.numbers) if name in table.in_matrix]
        if not inside:
            return
        names = [self.numbers[i] for i in inside]
        constant = [(column, i) for column, i in enumerate(inside) if self.numbers[i] in fixed]
        at, expected = [column for column, _ in constant], np.array([self.mean[i] for _, i in constant])
        places = np.array([table.in_matrix[name] for name in names])
        first = int(places[0])
        neighbors = np.array_equal(places, np.arange(first, first + len(places)))
        matrix = table.matrix[:, first : first + len(places)] if neighbors else table.matrix  # a view
        mean, scale = np.array(self.mean)[inside], np.array(self.scale)[inside]
        into: Any = slice(0, len(inside)) if inside == list(range(len(inside))) else inside
        step, by_column = max(_CHUNK // len(inside), 1), table.matrix.flags.f_contiguous
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            if by_column:  # in the order of the memory
                chunk = np.take(matrix.T, part, axis=1) if neighbors else matrix.T[np.ix_(places, part)]
                chunk = as_float64(chunk).T
            else:
                chunk = as_float64(matrix[part] if neighbors else matrix[np.ix_(part, places)])
            if constant and (chunk[:, at] != expected).any():
                for column, i in constant:
                    self._fix(chunk[:, column], part, i, said)
            self._check_numbers(table, chunk, part, names, said)
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

    def _check_numbers(
        self, table: Table, chunk: np.ndarray, rows: np.ndarray, names: Sequence[str], said: Remarks
    ) -> None:
        """Raise DataError for a number that cannot be used. Record empty cells."""
        good = np.isfinite(chunk)
        if good.all():
            return
        if self.missing == "mean":
            empty = np.isnan(chunk)
            good |= empty
            counts = empty.sum(axis=0)
            said.filled.update({names[i]: int(counts[i]) for i in np.flatnonzero(counts).tolist()})
            if good.all():
                return
        row, column = np.argwhere(~good)[0]
        if np.isnan(chunk[row, column]):
            raise categories.no_value(table, int(rows[row]), names[column])
        where = f"{table.source}, {table.locate(int(rows[row]))}"
        raise DataError(
            f"{where}: column {quoted(names[column])} is infinite. A network needs finite numbers: correct the "
            f"cell, or train without the column: --ignore {bare(names[column])}."
        )

    def _fix(self, column: np.ndarray, rows: np.ndarray, place: int, said: Remarks) -> None:
        """Give a constant column of numbers the value that it had in training. Record other values."""
        value, empty = self.mean[place], self.low[place] is None
        other = np.isfinite(column) if empty else (column != value) & np.isfinite(column)
        if other.any():
            at = int(np.argmax(other))
            said.fixed.add(self.numbers[place])
            said.ignore(self.numbers[place], "" if empty else shown(value), int(rows[at]), shown(float(column[at])))
            column[other] = value

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
            "constant": list(self.constant),
            "low": list(self.low),
            "high": list(self.high),
            "missing_target": self.missing_target,
            "clip": self.clip,
            "bins": [list(edges) for edges in self.bins],
            "target": self.target.to_json(),
            **self._own_to_json(),
        }

    def _own_to_json(self) -> dict[str, Any]:
        """Return the preprocessing of each network: those that differ, and which of them each network has."""
        different = list({id(one): one for one in self.own}.values())
        places = {id(one): place for place, one in enumerate(different)}
        if not different:
            return {}
        return {"own": [one.to_json() for one in different], "own_of": [places[id(one)] for one in self.own]}

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
            constant, low, high = (tuple(found.get(name, ())) for name in ("constant", "low", "high"))
            missing_target = found.get("missing_target", "error")
            require(set(constant) <= set(columns) and len(low) == len(high) and missing_target in MISSING_TARGET)
            require(len(low) == len(numbers) or not (low or constant))
            require(all(v is None or (isinstance(v, int | float) and math.isfinite(v)) for v in low + high))
            require(all((a is None) == (b is None) for a, b in zip(low, high, strict=True)))
            require(all(len(labels) <= 1 for name, labels in texts if name in constant))
            clip, bins = found.get("clip"), tuple(map(tuple, found.get("bins", ())))
            require(clip is None or (isinstance(clip, int | float) and math.isfinite(clip) and clip > 0))
            require(not bins or len(bins) == len(numbers))
            require(all(isinstance(v, int | float) and math.isfinite(v) for edges in bins for v in edges))
            require(all(a < b for edges in bins for a, b in pairwise(edges)) and all(len(edges) != 1 for edges in bins))
            different = [cls.from_json(one, where) for one in found.get("own", ())]
            places = found.get("own_of", ())
            require(all(type(place) is int and place >= 0 for place in places))
            own = tuple(different[place] for place in places)
            require(all(one.kinds == dict.fromkeys(numbers, "number") | {name: "category" for name, _ in texts}
                        and not one.own and one.target.like(target) for one in own))  # fmt: skip
        except (LookupError, TypeError, ValueError, OverflowError):
            raise ModelError(f"{where}: the preprocessing in the model file is damaged.") from None
        return cls(
            numbers, mean, scale, texts, target, found["missing"], named, decimal, na_values, constant, low, high,
            missing_target, clip, bins, own,
        )  # fmt: skip
