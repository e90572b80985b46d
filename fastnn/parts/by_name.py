"""Parts by their name alone, of whatever kind."""

from __future__ import annotations

from fastnn.errors import UsageError, unknown
from fastnn.parts import registry
from fastnn.parts.part import Bound, Part


def named(name: str) -> list[Part]:
    """Return the parts of all kinds with this name or alias. Raise UsageError, with the nearest name, if none has."""
    found = [part for part, _ in registry.parts() if name in (part.name, *part.aliases)]
    if not found:
        raise UsageError(unknown("part", name, {n for part, _ in registry.parts() for n in (part.name, *part.aliases)}))
    return found


def only(choice: str) -> Bound:
    """Return the part of "NAME" or "NAME:PARAMETER=VALUE,...". Raise UsageError if parts of several kinds have it."""
    kinds = list(dict.fromkeys(part.kind for part in named(choice.partition(":")[0].strip())))
    if len(kinds) > 1:
        raise UsageError(
            f"{choice!r} is the name of parts of several kinds ({', '.join(kinds)}): give the part itself."
        )
    return registry.resolve(kinds[0], choice)
