"""The target of a network: encode columns as targets, and decode predictions as values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fastnn.data import labels
from fastnn.data.matching import are_numbers, places
from fastnn.data.missing import read_as_missing
from fastnn.data.scaling import SCALINGS, SPREAD, STANDARDIZED
from fastnn.data.table import Table, as_float64
from fastnn.data.wording import bare, listed, quoted
from fastnn.errors import DataError
from fastnn.parts.targets import TARGETS


@dataclass(frozen=True)
class Target:
    """The columns to predict, and their encoding.

    kind: a key of fastnn.parts.targets.TARGETS. classes: as they are written, in the order of their numbers, if the
    kind has classes.

    mean, scale: one number per column for kind "real": the network predicts (y - mean) / scale. scaling: how these were
    chosen, one of SCALINGS. text: whether the classes are texts in the table rather than numbers. label_type: the type
    of the labels, one of labels.TYPES; "" for values.
    """

    columns: tuple[str, ...]
    kind: str
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    text: bool = False
    scaling: str = STANDARDIZED
    label_type: str = ""

    @property
    def standardized(self) -> bool:
        """Whether the network predicts scaled values, so that losses are not in the units of the data."""
        return self.kind == "real" and self.scaling in (STANDARDIZED, SPREAD)

    @property
    def column_kind(self) -> str:
        """The kind of the target's columns in a table: "number" or "category"."""
        return "category" if self.text else "number"

    @property
    def task(self) -> str:
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """The number of outputs that the network needs."""
        return len(self.classes) if self.kind == "class" else len(self.columns)

    def encode(self, table: Table, rows: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Return the targets for the loss: (rows,) int64 class numbers, or (rows, outputs) of ``dtype``.

        Raises DataError, with the line, for an empty cell, an unknown class or a value that the loss does not allow.
        """
        if self.classes:
            codes = self._class_numbers(table, rows)
            if self.kind == "class":
                return codes
            return (codes if self.kind == "binary" else 2 * codes - 1).astype(dtype)[:, None]
        values = target_values(table, self.columns, rows, self.kind)
        with np.errstate(over="ignore"):
            if self.kind == "real":
                values = (values - np.array(self.mean)) / np.array(self.scale)
            encoded = values.astype(dtype)
        if not np.isfinite(encoded).all():
            row, column = np.argwhere(~np.isfinite(encoded))[0]
            where = f"{table.source}, {table.locate(int(rows[row]))}"
            raise DataError(f"{where}: the target {quoted(self.columns[column])} is too large for a {dtype}.")
        return encoded

    def values(self, predictions: np.ndarray) -> np.ndarray:
        """Return predictions in the units of the data: (rows, columns), float64 if they are scaled."""
        values = predictions.reshape(len(predictions), len(self.columns))
        return values.astype(np.float64) * np.array(self.scale) + np.array(self.mean) if self.kind == "real" else values

    def like(self, other: Target) -> bool:
        """Return whether the targets are the same but for the scaling of their values."""
        return replace(self, mean=other.mean, scale=other.scale) == other

    def rescaled(self, outputs: np.ndarray, own: Target) -> np.ndarray:
        """Return outputs of a network that predicts values scaled as in ``own``, scaled as here."""
        if self.kind != "real" or (own.mean, own.scale) == (self.mean, self.scale):
            return outputs
        return ((own.values(outputs) - np.array(self.mean)) / np.array(self.scale)).astype(outputs.dtype)

    def labels(self, codes: np.ndarray) -> np.ndarray:
        """Return the labels of classes given by number, in the type in which they were written."""
        return labels.chosen_from(self.classes, self.label_type)[codes]

    def _class_numbers(self, table: Table, rows: np.ndarray) -> np.ndarray:
        name = self.columns[0]
        if table.numeric(name):
            found, codes = np.unique(table.numbers(name)[rows], return_inverse=True)
            texts = ["" if np.isnan(value) else table.label(name, value) for value in found]
            codes = codes.reshape(-1)
        else:
            texts, codes = [*table.texts[name].labels, ""], table.texts[name].codes[rows]
        numbers = places(self.classes, texts)[codes]
        if (numbers < 0).any():
            first = int(np.argmax(numbers < 0))
            wrong, where = texts[codes[first]], f"{table.source}, {table.locate(int(rows[first]))}"
            if not wrong:
                raise no_target(table, int(rows[first]), name)
            raise DataError(
                f"{where}: the target {quoted(name)} is {quoted(wrong)}, which is not one of the classes "
                f"{listed(self.classes, 10)}."
            )
        return numbers

    def to_json(self) -> dict[str, Any]:
        """Return the target as lists, strings and numbers."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in self.__dict__.items()}

    @classmethod
    def from_json(cls, found: Any) -> Target:
        """Return the target from the result of to_json. Raise KeyError, TypeError or ValueError if it is damaged."""
        columns, classes, mean, scale = (tuple(found[n]) for n in ("columns", "classes", "mean", "scale"))
        kind, scaling = found["kind"], found.get("scaling", STANDARDIZED)
        label_type = found.get("label_type", labels.type_of(classes, found["text"]) if classes else "")
        require(
            isinstance(found["text"], bool)
            and columns
            and all(isinstance(text, str) for text in (*columns, *classes))
            and kind in TARGETS
            and scaling in SCALINGS
        )
        require(label_type in labels.TYPES and labels.fits(classes, label_type) if classes else label_type == "")
        require((len(classes) >= 2) == TARGETS[kind].classification and len(set(classes)) == len(classes))
        require(len(mean) == len(scale) == (len(columns) if kind == "real" else 0))
        require(all(isinstance(v, int | float) and math.isfinite(v) for v in mean + scale) and all(scale))
        return cls(columns, kind, classes, mean, scale, found["text"], scaling, label_type)


def require(condition: object) -> None:
    """Raise ValueError unless the condition is true. Used to check the content of a model file."""
    if not condition:
        raise ValueError


def no_target(table: Table, row: int, name: str, more: str = "") -> DataError:
    """Return the error for a row without a target. more: a remark on the place."""
    return DataError(
        f"{table.source}, {table.locate(row)}{more}: the target {quoted(name)} has no value. Rows without a target "
        f"cannot be used: remove them, or leave them out with --missing-target drop.{read_as_missing(table, name)}"
    )


def numeric_hint(table: Table, name: str) -> str:
    """Return a sentence for the error about a target of texts, if they can be read as numbers; or ""."""
    if not are_numbers(table.texts[name].labels):
        return ""
    from_text_file = table.na_values is not None
    remedy = f"--numeric {bare(name)}" if from_text_file else "convert the column"
    return f" These texts can be read as numbers: {remedy}."


def target_values(table: Table, columns: tuple[str, ...], rows: np.ndarray, kind: str) -> np.ndarray:
    """Return (rows, columns) float64. Raise DataError, with the line, for a value that the kind does not allow."""
    for name in columns:
        if not table.numeric(name):
            shown = ", ".join(map(quoted, table.texts[name].labels[:3]))
            like = f", which look like {table.resembles[name]}" if name in table.resembles else ""
            raise DataError(
                f"{table.source}: the target {quoted(name)} holds texts ({shown} ...){like}; a regression needs plain "
                f"numbers.{numeric_hint(table, name)}"
            )
    values = np.stack([as_float64(table.numbers(name)[rows]) for name in columns], axis=1)
    target = TARGETS[kind]
    fits = np.ones(values.shape, bool) if target.holds is None else target.holds(values)
    for wrong, allowed in ((np.isnan(values), ""), (np.isinf(values), "finite"), (~fits, target.values)):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            where = f"{table.source}, {table.locate(int(rows[row]))}: the target {quoted(columns[column])}"
            if not allowed:
                raise no_target(table, int(rows[row]), columns[column])
            raise DataError(f"{where} is {values[row, column]:g}; with this loss it must be {allowed}.")
    return values
