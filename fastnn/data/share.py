"""The share of the rows that is held out: 0.2 for rows drawn at random, "last:0.2" for the last ones of the file.

Or "folds:4": each of several networks validates on another fourth of the rows.

NumPy is not imported here, because ``fastnn --help`` reads the limits and must start fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastnn.errors import UsageError
from fastnn.limits import Integer, Number, refusal

_PREFIX, _FOLDS = "last:", "folds:"
_NUMBER = Integer(at_least=2, at_most=1000)
_ANY, _SOME = Number(at_least=0, below=1), Number(above=0, below=1)


class Last(float):
    """A fraction of the rows: the last ones, in the order of the file."""

    def __repr__(self) -> str:
        return f"{_PREFIX}{float(self)!r}"


@dataclass(frozen=True)
class Folds:
    """The rows are cut into so many folds. Each network validates on one fold and trains on the others."""

    number: int

    def __str__(self) -> str:
        return f"{_FOLDS}{self.number}"


def folds(value: Any, where: str) -> Folds | None:
    """Return the folds that the value means: "folds:4"; None if it means something else. Raise UsageError."""
    if isinstance(value, Folds):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word != _FOLDS.removesuffix(":") and not word.startswith(_FOLDS):
        return None
    try:
        return Folds(_NUMBER(int(word.removeprefix(_FOLDS)), where))
    except (ValueError, UsageError):
        raise refusal(value, where, "folds:NUMBER with a number from 2 to 1000, such as folds:4") from None


def is_last(value: Any) -> bool:
    """Return whether the value is meant as a share of the last rows, whatever follows the colon."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return isinstance(value, Last) or word == "last" or word.startswith(_PREFIX)


def share(value: Any, where: str) -> float:
    """Return a fraction as a float, or as a Last if the text begins with "last:". Raise UsageError for any other."""
    if isinstance(value, str) and is_last(value):
        found = _SOME.find(value.strip()[len(_PREFIX) :])
        if found is None:
            raise refusal(value, where, "last:FRACTION with a fraction above 0 and below 1, such as last:0.2")
        return Last(found)
    if isinstance(value, Last):
        return value
    return _ANY(value, where)
