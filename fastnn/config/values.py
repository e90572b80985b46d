"""Checks of single values: text from the command line, or what TOML holds, becomes a value or an error."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from fastnn.errors import UsageError, unknown
from fastnn.parts.kinds import Parameter

Check = Callable[[Any, str], Any]
"""check(value, where) -> the value in its own type; ``where`` names the option or key in the error."""


def refuse(value: Any, where: str, allowed: str) -> UsageError:
    """The error that says the value and what is allowed."""
    shown = str(value) if isinstance(value, date | time) else repr(value)  # dates and times, as TOML has them
    return UsageError(f"{where} = {shown} is not allowed: it must be {allowed}.")


def whole(at_least: int, at_most: int = 2**63 - 1) -> Check:
    """A whole number within these limits."""
    limits = f"from {at_least} to {at_most}" if at_most < 2**63 - 1 else f"{at_least} or more"

    def check(value: Any, where: str) -> int:
        text = value.strip() if isinstance(value, str) else value
        if isinstance(text, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            text = int(text)
        if isinstance(text, bool) or not isinstance(text, int) or not at_least <= text <= at_most:
            raise refuse(value, where, f"a whole number, {limits}")
        return text

    return check


def number(parameter: Parameter) -> Check:
    """A finite number within the limits of this parameter."""
    return parameter.check


def choice(*allowed: str) -> Check:
    """One of these words."""

    def check(value: Any, where: str) -> str:
        if value not in allowed:
            raise UsageError(unknown(f"value for {where}:", value, allowed))
        return value

    return check


def flag(value: Any, where: str) -> bool:
    """Yes or no."""
    found = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
    if found is None:
        raise refuse(value, where, "true or false")
    return found


def text(value: Any, where: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise refuse(value, where, "a text")
    return value


def names(value: Any, where: str) -> tuple[str, ...]:
    """Names: a list of texts, or texts separated by commas; a name with a comma stands in double quotes."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
        raise refuse(value, where, "a list of names")
    if isinstance(value, str):
        try:
            items = next(csv.reader([value], skipinitialspace=True), [])
        except csv.Error:  # line breaks outside quotes, a field of more than 128 KiB
            raise refuse(value, where, "names separated by commas") from None
    found = tuple(dict.fromkeys(item.strip() for item in items))
    if not all(found):
        raise refuse(value, where, "a list of names, none of them empty")
    return found


def widths(value: Any, where: str) -> tuple[int, ...]:
    """Widths of hidden layers: "128,64", [128, 64], 128, or "none"."""
    if value == "none":
        return ()
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
    if not isinstance(items, Sequence):
        raise refuse(value, where, 'widths such as "128,64", or "none"')
    try:
        return tuple(whole(1)(item, where) for item in items)
    except UsageError:
        raise refuse(value, where, 'widths such as "128,64", each at least 1, or "none"') from None


def held_out(value: Any, where: str) -> float | str:
    """What validates: a fraction of the rows, 0 or "none" for no validation, or the path of a file."""
    if value == "none":
        return 0.0
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?[0-9.][0-9.eE+-]*\s*", value):
        return text(value, where)
    try:
        return Parameter(0.0, at_least=0, below=1).check(value, where)
    except UsageError:
        raise refuse(value, where, "a fraction of the rows (0 <= fraction < 1) or a file") from None


def optional(word: str, check: Check) -> Check:
    """The word stands for None, else what ``check`` says."""

    def checked(value: Any, where: str) -> Any:
        if value is None or value == word:
            return None
        try:
            return check(value, where)
        except UsageError as error:
            raise UsageError(f"{str(error).removesuffix('.')}, or {word!r}.") from None

    return checked
