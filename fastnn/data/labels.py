"""The labels of classes as values: texts, whole numbers, numbers with fractions, or booleans."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

TYPES = ("text", "integer", "float", "boolean")
MIXED = "mixed"  # of a column whose values have several types: they cannot be labels


def type_of(classes: Sequence[str], text: bool) -> str:
    """Return the type in which these labels were written. text: whether their column holds texts.

    Numbers in another spelling than Python's ("01", "1.50") stay texts, because the spelling would be lost.
    """
    if text or not classes:
        return "text"
    whole = [_canonical(label, int) and abs(int(label)) < 2**63 for label in classes]
    if all(whole):
        return "integer"
    return "float" if all(w or _canonical(c, float) for w, c in zip(whole, classes, strict=True)) else "text"


@functools.lru_cache(maxsize=64)
def chosen_from(classes: tuple[str, ...], kind: str) -> np.ndarray:
    """Return as_values(classes, kind), from a cache and read-only: predictions of one row choose from it."""
    values = as_values(classes, kind)
    values.flags.writeable = False
    return values


def as_values(classes: Sequence[str], kind: str) -> np.ndarray:
    """Return the labels as an array of this type."""
    if kind == "integer":
        numbers = [int(label) for label in classes]
        return np.array(numbers, _integer_type(numbers))
    if kind == "float":
        return np.array([float(label) for label in classes], np.float64)
    if kind == "boolean":
        return np.array([label.lower() == "true" for label in classes], np.bool_)
    return np.array(classes, np.str_)


def fits(classes: Sequence[str], kind: str) -> bool:
    """Return whether all labels can be read as this type."""
    try:
        as_values(classes, kind)
    except (ValueError, OverflowError):
        return False
    return kind != "boolean" or {label.lower() for label in classes} <= {"true", "false"}


def _integer_type(numbers: Sequence[int]) -> type:
    """Return int64, or the next larger type that holds all of these integers."""
    if all(-(2**63) <= number < 2**63 for number in numbers):
        return np.int64
    return np.uint64 if all(0 <= number < 2**64 for number in numbers) else object


def _canonical(label: str, number: type) -> bool:
    try:
        return repr(number(label)) == label
    except ValueError:
        return False
