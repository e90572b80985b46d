"""How a part declares a parameter: its default and the values that are allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastnn.errors import PluginError, UsageError


@dataclass(frozen=True)
class Parameter:
    """A parameter's default and the values that are allowed.

    ``at_least <= value <= at_most`` and ``above < value < below``; or one of ``choices`` (text or bool), which
    makes it a compile-time parameter.
    """

    default: Any
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.default, bool) and not self.choices:
            object.__setattr__(self, "choices", (False, True))
        default = self._choice(self.default) if self.choices else self._number(self.default)
        if default is None:
            raise PluginError(f"A parameter's default {self.default!r} must be {self.allowed()}.")
        object.__setattr__(self, "default", default)

    @property
    def compile_time(self) -> bool:
        return bool(self.choices)

    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return "one of " + ", ".join(str(c).lower() if isinstance(c, bool) else str(c) for c in self.choices)
        limits = (("at least", self.at_least), ("above", self.above), ("at most", self.at_most), ("below", self.below))
        bounds = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        return f"a number {bounds}" if bounds else "a finite number"

    def check(self, value: Any, where: str) -> Any:
        """The value in its own type; UsageError if it is not allowed."""
        checked = self._choice(value) if self.choices else self._number(value)
        if checked is None:
            raise UsageError(f"{where} = {value!r} is not allowed: it must be {self.allowed()}.")
        return checked

    def _choice(self, value: Any) -> Any:
        if isinstance(value, str) and bool in map(type, self.choices):
            value = {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
        for choice in self.choices:
            if type(choice) is type(value) and choice == value:
                return choice
        return None

    def _number(self, value: Any) -> float | None:
        if isinstance(value, bool) or value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        inside = (
            math.isfinite(number)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )
        return number if inside else None
