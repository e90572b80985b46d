"""Check settings, whose values are text from the command line or values from TOML.

Text is first converted to the value that it stands for. The limits are those of fastnn.limits and of fastnn.train.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from fastnn.data.share import Folds, folds, is_last, share
from fastnn.errors import UsageError
from fastnn.limits import TRUTH, Check, Integer, OneOf, flag, refusal
from fastnn.training.arguments import LIMITS

MOST_BINS = 100


def argument(name: str) -> Check:
    """Return the check of fastnn.train's argument with this name."""
    return of_text(LIMITS[name])


def integer(at_least: int, at_most: int) -> Check:
    """Return a check that allows these integers."""
    return of_text(Integer(at_least, at_most))


def choice(*allowed: str) -> Check:
    """Return a check that allows one of these words."""
    return OneOf(allowed)


def of_text(check: Check) -> Check:
    """Return the check, extended to values given as text."""
    read: Callable[[str], Any] = str
    if isinstance(check, Integer):
        read = _integer
    elif check is flag:
        read = _flag

    def checked(value: Any, where: str) -> Any:
        return check(read(value) if isinstance(value, str) else value, where)

    return checked


def _integer(text: str) -> int | str:
    """Return the integer that the text stands for, or the text itself if it is not an integer."""
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text) else text


def _flag(text: str) -> bool | str:
    """Return the boolean that the text stands for, or the text itself if it is neither true nor false."""
    return TRUTH.get(text.lower(), text)


def names(value: Any, where: str) -> tuple[str, ...]:
    """Return names, given as a list or separated by commas. A name that contains a comma is in double quotes."""
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
        raise refusal(value, where, "a list of names that are not empty")
    return found


def missing_values(value: Any, where: str) -> tuple[str, ...] | None:
    """Return the texts that stand for a missing value: None for the usual ones ("auto"), () for "none"."""
    if value is None or value == "auto":
        return None
    if value == "none":
        return ()
    items = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(item, bool) or not isinstance(item, str | int | float) for item in items):
        raise refusal(value, where, "texts separated by commas, auto or none")
    return names(value if isinstance(value, str) else [str(item) for item in items], where)


def widths(value: Any, where: str) -> tuple[int, ...]:
    """Return the widths of the hidden layers, given as "128,64", [128, 64], 128 or "none"."""
    if isinstance(value, str) and value == "none":
        return ()
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, Integral) else value
    allowed = 'widths such as "128,64", each at least 1, or "none"'
    if not isinstance(items, Sequence):
        raise refusal(value, where, allowed)
    width = of_text(Integer(at_least=1))
    try:
        return tuple(width(item, where) for item in items)
    except UsageError:
        raise refusal(value, where, allowed) from None


def held_out(value: Any, where: str) -> float | str:
    """Return validation or test data: a share of the rows (0 or "none": no such rows), or the path of a file."""
    if value == "none":
        return 0.0
    if folds(value, where) is not None:
        raise refusal(value, where, "a fraction of the rows, last:FRACTION, a file, or none; folds are for validation")
    if is_last(value):
        return share(value, where)
    if value and isinstance(value, str) and not re.fullmatch(r"\s*[-+]?[0-9.][0-9.,eE+-]*\s*%?\s*", value):
        return value
    try:
        return share(value, where)
    except UsageError:
        also = " folds:N," if where.endswith("validation") else ""
        allowed = f"a fraction of the rows (0 <= fraction < 1), last:FRACTION,{also} the path of a file, or none"
        raise refusal(value, where, allowed) from None


def validating(value: Any, where: str) -> float | str | Folds:
    """Return validation data: as held_out(), or folds."""
    found = folds(value, where)
    return held_out(value, where) if found is None else found


def encoding(value: Any, where: str) -> str:
    """Return an encoding of numbers: "none", "auto", or "quantiles:N" for N bins."""
    if value in ("none", "auto"):
        return value
    word, _, number = value.partition(":") if isinstance(value, str) else ("", "", "")
    if word != "quantiles" or not re.fullmatch(r"[0-9]{1,4}", number) or not 2 <= int(number) <= MOST_BINS:
        raise refusal(value, where, f"none, auto, or quantiles:N with N bins, from 2 to {MOST_BINS}")
    return f"quantiles:{int(number)}"


def bins(encoding: str) -> int:
    """Return the number of bins of an encoding, 0 for none."""
    return int(encoding.partition(":")[2] or 0)
