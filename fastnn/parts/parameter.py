"""How a part declares a parameter: its default and the values that are allowed."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from fastnn.errors import PluginError
from fastnn.limits import Number, OneOf


@dataclass(frozen=True)
class Parameter:
    """The default of a part's parameter, and the values that are allowed.

    Parameters
    ----------
    default : float, bool or str
        Value if no other is given. A bool or a string needs ``choices``; for a bool they are False and True by default.
    at_least, above, at_most, below : float, optional
        Limits of a number: ``at_least <= value <= at_most`` and ``above < value < below``. No limit by default.
    choices : tuple of str or bool, optional
        The values of a compile-time parameter: for another value the formula is compiled again, without
        the branches that it excludes. Without choices the parameter is a number, and nothing is compiled again.
    unit : {"", "target"}, default ""
        The unit of the number. "target" is for a parameter of a loss that is compared with errors, such as the delta of
        huber: for a table it is given in the units of the target column, and ``fastnn train`` converts it to those of
        the scaled target. If it is not given, the default counts in standard deviations of the target.
    meaning : str, optional
        What the parameter does, in a few words, for ``fastnn plugins show``.

    Raises
    ------
    PluginError
        If the default itself, or the unit, is not allowed.

    Examples
    --------
    >>> import fastnn
    >>> slope = fastnn.Parameter(0.01, at_least=0)
    >>> slope.allowed()
    'a number of at least 0'
    >>> fastnn.Parameter("mean", choices=("mean", "sum")).allowed()
    'one of mean, sum'
    """

    default: Any
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] = ()
    unit: str = ""
    meaning: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.default, bool) and not self.choices:
            object.__setattr__(self, "choices", (False, True))
        default = self._limits.find(self.default)
        if default is None:
            raise PluginError(f"A parameter's default {self.default!r} must be {self.allowed()}.")
        if self.unit not in ("", "target") or (self.unit and self.choices):
            raise PluginError(f"A parameter's unit {self.unit!r} must be 'target', for a number, or be left out.")
        object.__setattr__(self, "default", default)

    @functools.cached_property
    def _limits(self) -> Number | OneOf:
        if self.choices:
            return OneOf(self.choices)
        return Number(self.at_least, self.above, self.at_most, self.below)

    @property
    def compile_time(self) -> bool:
        """Whether the formula is compiled again for another value."""
        return bool(self.choices)

    def allowed(self) -> str:
        """Return the allowed values in words."""
        return self._limits.allowed

    def check(self, value: Any, where: str) -> Any:
        """Return the value in its own type.

        Parameters
        ----------
        value : float, bool or str
            The value, or text that represents it.
        where : str
            The name of the value, with which an error message begins.

        Raises
        ------
        UsageError
            If the value is not allowed.
        """
        return self._limits(value, where)
