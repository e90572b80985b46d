"""The formulas that devices compile into their loops, one function per kind of part."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from fastnn.errors import PluginError
from fastnn.formula.compose import Composition, Formula
from fastnn.formula.dead import dead_states, without_states
from fastnn.formula.kinds import INTEGER, NOTHING, REAL, ROW, Kind
from fastnn.formula.meaning import constant
from fastnn.formula.source import Source, find
from fastnn.formula.specialise import Special, specialise
from fastnn.parts.kinds import Bound


def activation_unit(bound: Bound, dtype: str) -> Formula:
    """Return the formula unit(x, *trainable, *constants) -> (y, dy/dx, dy/dtrainable ...).

    Without the author's derivative it is derived from the formula.
    For a row-wise activation: unit(x, y, dy, dx, *constants), the author's derivative, which fills dx.
    Raises PluginError if it has none, or if the formula cannot be differentiated.
    """
    part = bound.part
    if part.derivative is None and not part.rowwise:
        return _derived("activation", bound, dtype, ["x", *part.trainable], [REAL], trainable_first(bound))
    if part.derivative is None:
        raise PluginError(f"Activation {part.name!r} is row-wise and has no derivative: pass one with derivative=...")
    if part.rowwise:
        return _alone(_unit_of(bound), bound, dtype, part.derivative, [ROW, ROW, ROW, ROW], NOTHING)
    results = [f"d{i}" for i in range(1 + len(part.trainable))]
    derivative_kind: Kind = (REAL,) * len(results) if part.trainable else REAL
    composition = Composition(dtype)
    f = _as_helper(composition, bound, part.f, [REAL], REAL)
    derivative = _as_helper(composition, bound, part.derivative, [REAL, REAL], derivative_kind)
    numbers = "".join(f", {n}_" for n in bound.numbers)
    return _unit(
        composition,
        _unit_of(bound),
        bound,
        f"""
def unit(x{"".join(f", {n}_" for n in trainable_first(bound))}):
    y = {f}(x{numbers})
    {", ".join(results)} = {derivative}(x, y{numbers})
    return y, {", ".join(results)}
""",
    )


def activation_value(bound: Bound, dtype: str) -> Formula:
    """Return the formula unit(x, *trainable, *constants) -> y. Row-wise: unit(x, y, *constants) fills y."""
    part = bound.part
    if part.rowwise:
        return _alone("activation_value", bound, dtype, part.f, [ROW, ROW], NOTHING)
    return _alone("activation_value", bound, dtype, part.f, [REAL], REAL, trainable_first(bound))


def loss_unit(bound: Bound, dtype: str) -> Formula:
    """Return the formula unit(prediction, target, *numbers) -> (l, dl/dprediction).

    Without the author's gradient it is derived from the formula.
    For a row-wise loss: unit(prediction, target, out, *numbers) -> l, the author's gradient, which fills out.
    Raises PluginError if it has none, or if the formula cannot be differentiated.
    """
    part = bound.part
    if part.gradient is None and not part.rowwise:
        return _derived("loss", bound, dtype, ["prediction"], [REAL, _target(part)], list(bound.numbers))
    if part.gradient is None:
        raise PluginError(f"Loss {part.name!r} is row-wise and has no gradient: pass one with gradient=...")
    if part.rowwise:
        return _alone(_unit_of(bound), bound, dtype, part.gradient, [ROW, _target(part), ROW], REAL)
    composition = Composition(dtype)
    f = _as_helper(composition, bound, part.f, [REAL, _target(part)], REAL)
    gradient = _as_helper(composition, bound, part.gradient, [REAL, _target(part)], REAL)
    arguments = "prediction, target" + "".join(f", {n}_" for n in bound.numbers)
    return _unit(
        composition,
        _unit_of(bound),
        bound,
        f"""
def unit({arguments}):
    return {f}({arguments}), {gradient}({arguments})
""",
    )


def loss_value(bound: Bound, dtype: str) -> Formula:
    """Return the formula unit(prediction, target, *numbers) -> l."""
    part = bound.part
    prediction = ROW if part.rowwise else REAL
    return _alone("loss_value", bound, dtype, part.f, [prediction, _target(part)], REAL)


def optimizer_unit(bound: Bound, dtype: str) -> Formula:
    """Return the formula unit(p, g, *states, *numbers, *scalars) -> (p, *states), a tuple even without states.

    States that the formula does not use are left out; ``Formula.state`` has the names of the others.
    """
    part = bound.part
    states = list(part.state)
    scalars = len(part.scalar_values(1, bound.values))
    source = find(part.f)
    special = specialise(source, _constants(source, bound, 2 + len(states), scalars))
    dead = dead_states(special, len(states))
    live = tuple(s for i, s in enumerate(states) if i not in dead)
    special = without_states(special, dead)
    composition = Composition(dtype)
    composition.define("unit", special, [REAL] * len(special.parameters), (REAL,) * (1 + len(live)))
    return composition.formula("optimizer", _title(bound), live)


def scalars_unit(bound: Bound) -> Formula | None:
    """Return the formula unit(t, *numbers) -> tuple of float64; None for an optimizer without per-step scalars.

    t: the number of the step, an integer. numbers: all numeric hyperparameters, in the order of declaration.
    """
    part = bound.part
    if part.scalars is None:
        return None
    source = find(part.scalars)
    count = len(part.scalar_values(1, bound.values))
    accepted = source.parameters[1:]
    constants = {n: bound.choices[n] for n in accepted if n in bound.choices}
    numbers = [n for n in accepted if n in bound.numbers]
    composition = Composition("float64")
    kinds: list[Kind] = [INTEGER, *[REAL for _ in numbers]]
    name, _ = composition.helper(source, constants, kinds, (REAL,) * count)
    return _unit(
        composition,
        "scalars",
        bound,
        f"""
def unit(t{"".join(f", {n}_" for n in bound.numbers)}):
    return {name}(t{"".join(f", {n}_" for n in numbers)})
""",
    )


def trainable_first(bound: Bound) -> list[str]:
    """Return the names of the numeric parameters in the order in which an activation's formulas take them."""
    trainable = bound.part.trainable
    return [*trainable, *(n for n in bound.numbers if n not in trainable)]


def _target(part: Any) -> Kind:
    """Return the kind of a loss's target: a class number, a number, or a row for other row-wise losses."""
    if part.target == "class":
        return INTEGER
    return ROW if part.rowwise else REAL


def _constants(source: Source, bound: Bound, first: int, more: int = 0) -> dict[str, Any]:
    """Return the compile-time constants of a formula: compile-time parameters, and defaults of undeclared ones.

    first: number of parameters before the declared ones. more: number of parameters after them.
    """
    names = source.parameters
    declared = dict(zip(bound.part.declared, names[first:], strict=False))
    known = {declared[n]: value for n, value in bound.choices.items()}
    signature = inspect.signature(source.function, follow_wrapped=False)
    for name in names[first + len(bound.part.declared) + more :]:
        known[name] = constant(source, source.node, name, signature.parameters[name].default)
    return known


def _derived(kind: str, bound: Bound, dtype: str, active: list[str], first: list[Kind], order: list[str]) -> Formula:
    """Return the formula unit(*first, *order) -> (value, its derivative for each of ``active``).

    active: the first argument, and parameters. order: of the numeric parameters.
    """
    source = find(bound.part.f)
    constants = _constants(source, bound, len(first))
    composition = Composition(dtype, "gradient" if kind == "loss" else "derivative")
    kinds: list[Kind] = [*first, *[REAL for _ in bound.numbers]]
    composition.helper(source, constants, kinds, REAL)  # the formula itself is refused with its own reasons first
    names = dict(zip(bound.part.declared, source.parameters[len(first) :], strict=False))
    own = (source.parameters[0], *(names[n] for n in active[1:]))
    wanted: Kind = (REAL,) * (1 + len(own))
    name, _ = composition.helper(source, constants, kinds, wanted, own)
    places = ["prediction", "target"] if kind == "loss" else ["x"]
    numbers = "".join(f", {n}_" for n in bound.numbers)
    return _unit(
        composition,
        kind,
        bound,
        f"""
def unit({", ".join([*places, *(f"{n}_" for n in order)])}):
    return {name}({", ".join(places)}{numbers})
""",
    )


def _unit_of(bound: Bound) -> str:
    """Return the kind of the formula with the author's derivative: compiled code knows whether that was checked."""
    return bound.part.kind if bound.part.check else f"{bound.part.kind} unchecked"


def _alone(
    kind: str,
    bound: Bound,
    dtype: str,
    function: Callable,
    first: list[Kind],
    wanted: Kind,
    order: list[str] | None = None,
) -> Formula:
    """Return a formula whose unit is the author's function. order: of the numeric parameters; default: as declared."""
    source = find(function)
    special = specialise(source, _constants(source, bound, len(first)))
    numbers = dict(zip(bound.numbers, special.parameters[len(first) :], strict=True))
    parameters = [*special.parameters[: len(first)], *(numbers[n] for n in order or numbers)]
    composition = Composition(dtype)
    kinds: list[Kind] = [*first, *[REAL for _ in numbers]]
    composition.define("unit", Special(source, parameters, special.body), kinds, wanted)
    return composition.formula(kind, _title(bound))


def _as_helper(composition: Composition, bound: Bound, function: Callable, first: list[Kind], wanted: Kind) -> str:
    """Add the author's function as a helper of the unit and return its name."""
    source = find(function)
    kinds: list[Kind] = [*first, *[REAL for _ in bound.numbers]]
    return composition.helper(source, _constants(source, bound, len(first)), kinds, wanted)[0]


def _unit(composition: Composition, kind: str, bound: Bound, text: str) -> Formula:
    [definition] = ast.parse(text).body
    assert isinstance(definition, ast.FunctionDef)
    composition.add(definition)
    return composition.formula(kind, _title(bound))


def _title(bound: Bound) -> str:
    return " ".join([bound.part.kind, bound.name, *(f"{n}={v}" for n, v in bound.choices.items())])
