"""The built-in part whose results are nearest to those of a part, by its formula in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fastnn.parts import registry
from fastnn.parts.part import Bound, Part
from fastnn.parts.plugin import BUILT_IN
from fastnn.testing.examples import TARGETS

POINTS = np.linspace(-4.0, 4.0, 33).tolist()


def nearest(bound: Bound) -> Bound | None:
    """Return the nearest built-in part of the same form, with its defaults; None if there is no other one."""
    alike = [
        part()
        for part, owner in registry.parts()
        if owner == BUILT_IN and part != bound.part and _form(part) == _form(bound.part)
    ]
    own = _results(bound)
    return min(alike, key=lambda other: _distance(own, _results(other)), default=None)


def _form(part: Part) -> tuple:
    if part.kind == "optimizer":
        return (part.kind,)
    return part.kind, getattr(part, "rowwise", False), getattr(part, "target", None)


def _results(bound: Bound) -> list[float]:
    """Return results at some points; the losses of errors; the steps of an optimizer, and the size of its state."""
    part, values = bound.part, list(bound.values.values())
    if getattr(part, "rowwise", False):
        return []
    if part.kind == "activation":
        return [_or_nan(part.f, x, *values) for x in POINTS]
    if part.kind == "loss":
        pairs = [(x, t) for x in POINTS for t in TARGETS[part.target]]
        return [_or_nan(part.f, x, t, *values) for x, t in pairs]
    return [1e3 * len(part.state), *_path(bound)]


def _path(bound: Bound) -> list[float]:
    """Return how far p has moved down p^2 / 2 after every step, as a share of the first step."""
    p, states, moved = 1.0, list(bound.part.state.values()), []
    for t in range(1, 11):
        try:
            scalars = bound.part.scalar_values(t, bound.values)
            p, *states = bound.part.f(p, p, *states, *bound.values.values(), *scalars)
        except (ArithmeticError, ValueError):
            return [math.nan] * 10
        moved.append(1.0 - p)
    return [m / (abs(moved[0]) or 1.0) for m in moved]


def _or_nan(f, *arguments: float) -> float:
    try:
        return float(f(*arguments))
    except (ArithmeticError, ValueError):
        return math.nan


def _distance(own: Sequence[float], other: Sequence[float]) -> float:
    """Return the mean distance where both are numbers; infinity if that is nowhere."""
    apart = [abs(a - b) for a, b in zip(own, other, strict=True) if math.isfinite(a) and math.isfinite(b)]
    return sum(apart) / len(apart) if apart else math.inf
