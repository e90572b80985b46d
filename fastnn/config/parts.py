"""Parts in a configuration: "adam:beta1=0.8", or a table {name = "adam", beta1 = 0.8}."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastnn.errors import UsageError
from fastnn.limits import Check, refusal
from fastnn.parts.part import Bound, Part


def part(kind: str) -> Check:
    """Return a check for a part of this kind with its parameters."""

    def check(value: Any, where: str) -> Bound:
        from fastnn.parts.registry import bound, get, resolve

        try:
            if isinstance(value, Part | Bound | str):
                return resolve(kind, value)
            if isinstance(value, Mapping) and isinstance(value.get("name"), str):
                return bound(get(kind, value["name"]), {name: v for name, v in value.items() if name != "name"})
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        raise refusal(value, where, f'the name of one {kind}, or a table with "name" and parameters')

    return check


def changed(choice: Bound | tuple[Bound, ...], values: Mapping[str, Any]) -> Bound | tuple[Bound, ...]:
    """Return a part, or each of several, with some values changed. Raise UsageError for one that is not allowed."""
    from fastnn.parts.registry import bound

    if isinstance(choice, tuple):
        return tuple(bound(one.part, {**one.values, **values}) for one in choice)
    return bound(choice.part, {**choice.values, **values})


def activations(value: Any, where: str) -> tuple[Bound, ...]:
    """Return the activations: one for all hidden layers, or one per hidden layer ("relu,tanh" or a list)."""
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    if isinstance(value, str):
        items = pieces(value)
    if not items:
        raise refusal(value, where, "one activation, or one for each hidden layer")
    return tuple(part("activation")(item, where) for item in items)


def pieces(value: str) -> list[str]:
    """Split a list of parts: "elu:alpha=2,relu" is two of them, "selu:alpha=2,scale=1" is one."""
    found: list[str] = []
    for piece in value.split(","):
        if found and "=" in piece and ":" not in piece:
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return found


def parameters_in(choice: Any) -> set[str]:
    """Return the parameters that a choice sets: beta1 in "adam:beta1=0.8"."""
    if isinstance(choice, str):
        return {piece.partition("=")[0].strip() for piece in choice.partition(":")[2].split(",")}
    return set(choice) if isinstance(choice, Mapping) else set()


def as_table(bound: Bound) -> dict[str, Any]:
    """Return a part with all its parameters, including those with their default, as a table.

    A default in the unit of the target is left out: if it were given, it would be in the units of the data.
    """
    if "name" in bound.values:
        raise UsageError(f"The {bound.part.kind} {bound.name!r} has a parameter called 'name': rename it.")
    declared = bound.part.declared
    return {"name": bound.name, **{n: v for n, v in bound.values.items() if n in bound.given or not declared[n].unit}}
