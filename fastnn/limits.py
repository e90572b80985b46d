"""Check single values: numbers, integers, booleans, words from a list.

Every value that a user gives is checked here, whether it is an argument of a Python function, a parameter of a part,
an option of the command line or a key in a file. A check takes (value, where) and returns the value in its own type,
or raises UsageError; ``where`` is the name of the argument, option or key that the message begins with.

NumPy is not imported here, because ``fastnn --help`` reads the limits and must start fast.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from fastnn.errors import UsageError, near_name

Check = Callable[[Any, str], Any]

LARGEST_INTEGER = 2**63 - 1  # the largest that compiled code can hold


def refusal(value: Any, where: str, allowed: str) -> UsageError:
    """Return the error for a value that is not allowed."""
    shown = str(value) if isinstance(value, date | time) else repr(value)  # dates and times as TOML writes them
    return UsageError(f"{where} = {shown} is not allowed: it must be {allowed}.")


@dataclass(frozen=True)
class Number:
    """A finite number with ``at_least <= number <= at_most`` and ``above < number < below``, or text for one."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    @property
    def allowed(self) -> str:
        """Return the allowed numbers in words."""
        if self.at_least is not None and self.at_most is not None:
            return f"a number from {self.at_least:g} to {self.at_most:g}"
        limits = (
            ("of at least", self.at_least), ("above", self.above), ("of at most", self.at_most), ("below", self.below),
        )  # fmt: skip
        words = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        return f"a number {words}" if words else "a finite number"

    def find(self, value: Any) -> float | None:
        """Return the value as a float, or None if it is not allowed."""
        if isinstance(value, bool) or value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        inside = (
            math.isfinite(number)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )
        return number if inside else None

    def __call__(self, value: Any, where: str) -> float:
        number = self.find(value)
        if number is None:
            raise refusal(value, where, self.allowed)
        return number


@dataclass(frozen=True)
class Integer:
    """An integer with ``at_least <= integer <= at_most``."""

    at_least: int
    at_most: int = LARGEST_INTEGER

    def __call__(self, value: Any, where: str) -> int:
        is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if is_integer and self.at_least <= value <= self.at_most:
            return int(value)
        if self.at_most < LARGEST_INTEGER:
            raise refusal(value, where, f"an integer from {self.at_least} to {self.at_most}")
        too_large = " and below 2**63" if is_integer and value > LARGEST_INTEGER else ""
        raise refusal(value, where, f"an integer of at least {self.at_least}{too_large}")


def flag(value: Any, where: str) -> bool:
    """Return the value as a bool. NumPy's booleans are allowed too."""
    if f"{type(value).__module__}.{type(value).__name__}" not in ("builtins.bool", "numpy.bool"):
        raise refusal(value, where, "true or false")
    return bool(value)


@dataclass(frozen=True)
class OneOf:
    """One of these strings or booleans."""

    choices: tuple[Any, ...]

    @property
    def allowed(self) -> str:
        """Return the choices in words."""
        return "one of " + ", ".join(str(c).lower() if isinstance(c, bool) else str(c) for c in self.choices)

    def find(self, value: Any) -> Any:
        """Return the choice that equals the value, which may be text. None if there is no such choice."""
        if isinstance(value, str) and bool in map(type, self.choices):
            value = TRUTH.get(value.lower(), value)
        for choice in self.choices:
            if type(choice) is type(value) and choice == value:
                return choice
        return None

    def __call__(self, value: Any, where: str) -> Any:
        choice = self.find(value)
        if choice is None:
            near = near_name(str(value), [str(c) for c in self.choices])
            raise UsageError(str(refusal(value, where, self.allowed)) + (f" Did you mean {near!r}?" if near else ""))
        return choice


@dataclass(frozen=True)
class DeviceName:
    """The name of a device: auto, cpu, cuda, or cuda:N for the GPU with this number."""

    choices = ("auto", "cpu", "cuda")  # besides cuda:N
    allowed = "auto, cpu, cuda, or cuda:N for the GPU with the number N, from 0"

    def __call__(self, value: Any, where: str) -> str:
        if isinstance(value, str) and re.fullmatch(r"auto|cpu|cuda(:[0-9]{1,4})?", value):
            return value
        near = "cuda" if str(value).lower() in ("gpu", "nvidia") else near_name(str(value), self.choices)
        raise UsageError(str(refusal(value, where, self.allowed)) + (f" Did you mean {near!r}?" if near else ""))


DTYPE = OneOf(("float32", "float64"))
DEVICE = DeviceName()
THREADS = Integer(at_least=1, at_most=1024)

TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def optional(word: str | None, check: Check) -> Check:
    """Return a check that also allows None, or the word that stands for it."""

    def checked(value: Any, where: str) -> Any:
        if value is None or (isinstance(value, str) and value == word):
            return None
        try:
            return check(value, where)
        except UsageError as error:
            if isinstance(value, str) and ":" in value:  # the error may be about a parameter of a part
                raise
            raise UsageError(f"{str(error).removesuffix('.')}, or {word!r}.") from None

    return checked
