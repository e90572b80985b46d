"""Checks of settings, whose values are text from the command line or what TOML holds.

Text is first turned into the value that it stands for; the limits are those of fastnn.limits and of fastnn.train.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from typing import Any

from fastnn.errors import UsageError
from fastnn.limits import TRUTH, Check, Integer, OneOf, flag, refusal
from fastnn.training.arguments import LIMITS


def argument(name: str) -> Check:
    """The check of the argument of this name that fastnn.train has."""
    return _of_text(LIMITS[name])


def choice(*allowed: str) -> Check:
    """One of these words."""
    return OneOf(allowed)


def _of_text(check: Check) -> Check:
    """The check, for values that may be text as well."""
    read: Callable[[str], Any] = str
    if isinstance(check, Integer):
        read = _integer
    elif check is flag:
        read = _flag

    def checked(value: Any, where: str) -> Any:
        return check(read(value) if isinstance(value, str) else value, where)

    return checked


def _integer(text: str) -> int | str:
    """The integer that the text stands for; the text itself if it is none."""
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text) else text


def _flag(text: str) -> bool | str:
    """What the text stands for; the text itself if that is neither true nor false."""
    return TRUTH.get(text.lower(), text)


def names(value: Any, where: str) -> tuple[str, ...]:
    """Names: a list of texts, or texts separated by commas; a name with a comma stands in double quotes."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
        raise refusal(value, where, "a list of names")
    if isinstance(value, str):
        try:
            items = next(csv.reader([value], skipinitialspace=True), [])
        except csv.Error:  # line breaks outside quotes, a field of more than 128 KiB
            raise refusal(value, where, "names separated by commas") from None
    found = tuple(dict.fromkeys(item.strip() for item in items))
    if not all(found):
        raise refusal(value, where, "a list of names, none of them empty")
    return found


def widths(value: Any, where: str) -> tuple[int, ...]:
    """Widths of hidden layers: "128,64", [128, 64], 128, or "none"."""
    if value == "none":
        return ()
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
    allowed = 'widths such as "128,64", each at least 1, or "none"'
    if not isinstance(items, Sequence):
        raise refusal(value, where, allowed)
    width = _of_text(Integer(at_least=1))
    try:
        return tuple(width(item, where) for item in items)
    except UsageError:
        raise refusal(value, where, allowed) from None


def held_out(value: Any, where: str) -> float | str:
    """What validates: a fraction of the rows, 0 or "none" for no validation, or the path of a file."""
    if value == "none":
        return 0.0
    if value and isinstance(value, str) and not re.fullmatch(r"\s*[-+]?[0-9.][0-9.eE+-]*\s*", value):
        return value
    try:
        return LIMITS["validation"](value, where)
    except UsageError:
        raise refusal(value, where, "a fraction of the rows (0 <= fraction < 1), the path of a file, or none") from None
