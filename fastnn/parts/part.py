"""The base class of all parts, and a part with values for its parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from fastnn.errors import PluginError, UsageError, unknown
from fastnn.parts.parameter import Parameter
from fastnn.parts.signature import mismatch


@dataclass(frozen=True)
class Part:
    """A name, a function and declared parameters. ``aliases``: other names under which the part is found."""

    kind: ClassVar[str] = "part"
    declared_in: ClassVar[str] = "parameters"  # the field that declares the parameters

    name: str
    f: Callable
    aliases: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.replace("_", "a").isalnum():
            raise PluginError(f"{self.name!r} is not a name for {self.kind}: letters, digits and underscores only.")
        if not callable(self.f):
            raise PluginError(f"The {self.kind} {self.name!r} needs a function, not {self.f!r}.")

    @functools.cached_property
    def declared(self) -> dict[str, Parameter]:
        """Every parameter by name, in the order in which the formula takes them."""
        raw: Mapping[str, Any] = getattr(self, self.declared_in)
        return {n: p if isinstance(p, Parameter) else Parameter(p) for n, p in raw.items()}

    def __call__(self, **values: Any) -> Bound:
        """Return this part with these parameter values. The other parameters keep their defaults."""
        return bind(self, values)

    def check_signature(self, function: Callable, first: tuple, rest: Any, named: Any = ()) -> None:
        """Raise PluginError unless the function takes these arguments by position, and ``named`` by name."""
        wrong = mismatch(function, [*first, *rest], list(named), self.kind, self.declares)
        if wrong:
            raise PluginError(f"{self.kind.capitalize()} {self.name!r}: {wrong}")

    @property
    def declares(self) -> dict[str, list[str]]:
        """The names that the part declares, by the field that declares them."""
        return {self.declared_in: list(self.declared)}


@dataclass(frozen=True)
class Bound:
    """A part with a value for each of its parameters. Networks and runs use these.

    given: the parameters whose values were given; the others have their defaults. It plays no role in comparisons.
    """

    part: Any
    values: Mapping[str, Any]
    given: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.part.name

    @functools.cached_property
    def numbers(self) -> dict[str, float]:
        """The run-time parameters, in the formula's order."""
        return {n: self.values[n] for n, p in self.part.declared.items() if not p.compile_time}

    @functools.cached_property
    def choices(self) -> dict[str, Any]:
        """The compile-time parameters."""
        return {n: self.values[n] for n, p in self.part.declared.items() if p.compile_time}

    @property
    def spec(self) -> str:
        """The string that chooses this part with these values: "leaky_relu:slope=0.2"."""
        own = {n: v for n, v in self.values.items() if v != self.part.declared[n].default}
        text = ",".join(f"{n}={str(v).lower() if isinstance(v, bool) else format_number(v)}" for n, v in own.items())
        return f"{self.name}:{text}" if text else self.name

    def changed(self, values: Mapping[str, Any]) -> Bound:
        """Return the same part with some values changed. Raise UsageError for a value that is not allowed."""
        if not values:
            return self
        return replace(bind(self.part, {**self.values, **values}), given=self.given | set(values))


def bind(part: Part, values: Mapping[str, Any]) -> Bound:
    """Return the part with these values. Raise UsageError for an unknown parameter or a value that is not allowed."""
    declared = part.declared
    for name in values:
        if name not in declared:
            raise UsageError(unknown(f"parameter of the {part.kind} {part.name!r}:", name, declared))
    where = f"{part.kind} {part.name}: "
    full = {n: p.check(values[n], where + n) if n in values else p.default for n, p in declared.items()}
    return Bound(part, full, frozenset(values))


def format_number(value: Any) -> str:
    """Return a number as text from which the same number can be read back."""
    return repr(float(value)) if isinstance(value, float) else str(value)
