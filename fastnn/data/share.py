"""The share of the rows that is held out: 0.2 for rows drawn at random, "last:0.2" for the last ones of the file.

NumPy is not imported here, because ``fastnn --help`` reads the limits and must start fast.
"""

from __future__ import annotations

from typing import Any

from fastnn.limits import Number, refusal

_PREFIX = "last:"
_ANY, _SOME = Number(at_least=0, below=1), Number(above=0, below=1)


class Last(float):
    """A fraction of the rows: the last ones, in the order of the file."""

    def __repr__(self) -> str:
        return f"{_PREFIX}{float(self)!r}"


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
