"""What a network learns to predict: which columns, as what kind of number, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn.data.table import Table, label
from fastnn.errors import DataError
from fastnn.parts.targets import TARGETS


@dataclass(frozen=True)
class Target:
    """kind: a key of fastnn.parts.targets.TARGETS. classes: in the order of their numbers, for kinds of classes.

    mean, scale: one number a column, for kind "real": the network predicts (y - mean) / scale. text: the classes
    are texts in the table, not numbers.
    """

    columns: tuple[str, ...]
    kind: str
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    text: bool = False

    @property
    def column_kind(self) -> str:
        """What the target's columns hold in a table: "number" or "category"."""
        return "category" if self.text else "number"

    @property
    def task(self) -> str:
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        return len(self.classes) if self.kind == "class" else len(self.columns)

    def encode(self, table: Table, rows: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Targets as the loss takes them: (rows,) int64 class numbers, or (rows, outputs) of ``dtype``.

        Raises DataError, with the line, for an empty cell, an unknown class or a value that the loss forbids.
        """
        if self.classes:
            codes = self._class_numbers(table, rows)
            if self.kind == "class":
                return codes
            return (codes if self.kind == "binary" else 2 * codes - 1).astype(dtype)[:, None]
        values = target_values(table, self.columns, rows, self.kind)
        if self.kind == "real":
            values = (values - np.array(self.mean)) / np.array(self.scale)
        with np.errstate(over="ignore"):
            encoded = values.astype(dtype)
        if not np.isfinite(encoded).all():
            row, column = np.argwhere(~np.isfinite(encoded))[0]
            where = f"{table.source}, {table.locate(int(rows[row]))}"
            raise DataError(f"{where}: the target {self.columns[column]!r} is too large for a {dtype} number.")
        return encoded

    def values(self, predictions: np.ndarray) -> np.ndarray:
        """Predicted values in the data's own units: (rows, columns) float64."""
        values = predictions.reshape(len(predictions), -1).astype(np.float64)
        return values * np.array(self.scale) + np.array(self.mean) if self.kind == "real" else values

    def _class_numbers(self, table: Table, rows: np.ndarray) -> np.ndarray:
        name = self.columns[0]
        if table.numeric(name):
            found, codes = np.unique(table.numbers(name)[rows], return_inverse=True)
            labels = ["" if np.isnan(value) else label(value) for value in found]
            codes = codes.reshape(-1)
        else:
            labels, codes = [*table.texts[name].labels, ""], table.texts[name].codes[rows]
        places = {text: i for i, text in enumerate(self.classes)}
        numbers = np.array([places.get(text, -1) for text in labels], dtype=np.int64)[codes]
        if (numbers < 0).any():
            first = int(np.argmax(numbers < 0))
            wrong, where = labels[codes[first]], f"{table.source}, {table.locate(int(rows[first]))}"
            if not wrong:
                raise DataError(f"{where}: the target {name!r} has no value.")
            shown = ", ".join(self.classes[:10]) + (" ..." if len(self.classes) > 10 else "")
            raise DataError(f"{where}: the target {name!r} is {wrong!r}, none of the known classes {shown}.")
        return numbers

    def to_json(self) -> dict[str, Any]:
        """The target as lists, texts and numbers."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in self.__dict__.items()}

    @classmethod
    def from_json(cls, found: Any) -> Target:
        """The reverse of to_json; KeyError, TypeError or ValueError for anything else."""
        columns, classes, mean, scale = (tuple(found[n]) for n in ("columns", "classes", "mean", "scale"))
        kind = found["kind"]
        require(
            isinstance(found["text"], bool)
            and columns
            and all(isinstance(text, str) for text in (*columns, *classes))
            and kind in TARGETS
        )
        require((len(classes) >= 2) == TARGETS[kind].classification and len(set(classes)) == len(classes))
        require(len(mean) == len(scale) == (len(columns) if kind == "real" else 0))
        require(all(isinstance(v, int | float) and math.isfinite(v) for v in mean + scale) and all(scale))
        return cls(columns, kind, classes, mean, scale, found["text"])


def require(condition: object) -> None:
    """ValueError unless the condition holds: for reading what a file claims."""
    if not condition:
        raise ValueError


def target_values(table: Table, columns: tuple[str, ...], rows: np.ndarray, kind: str) -> np.ndarray:
    """(rows, columns) float64; DataError, with the line, where a value is not of the kind."""
    for name in columns:
        if not table.numeric(name):
            shown = ", ".join(repr(text) for text in table.texts[name].labels[:3])
            like = f", which look like {table.resembles[name]}" if name in table.resembles else ""
            raise DataError(
                f"{table.source}: the target {name!r} holds texts ({shown} ...){like}; a regression needs plain "
                "numbers."
            )
    values = np.stack([table.numbers(name)[rows].astype(np.float64) for name in columns], axis=1)
    allowed = TARGETS[kind]
    fits = np.ones(values.shape, bool) if allowed.holds is None else allowed.holds(values)
    for wrong, wish in ((np.isnan(values), ""), (np.isinf(values), "finite"), (~fits, allowed.values)):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            where = f"{table.source}, {table.locate(int(rows[row]))}: the target {columns[column]!r}"
            if not wish:
                raise DataError(f"{where} has no value. Rows without a target cannot be used: remove them.")
            raise DataError(f"{where} is {values[row, column]:g}; with this loss it must be {wish}.")
    return values
