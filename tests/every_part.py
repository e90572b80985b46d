"""Shared by the tests of parts: all parts of a kind, their functions in plain Python, numeric derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastnn.errors import UsageError
from fastnn.parts import registry
from fastnn.parts.kinds import Bound, Part, bind
from fastnn.testing.examples import TARGETS as TARGETS
from fastnn.testing.examples import choices as choices

HUGE = (1e3, 1e10, 3e38, 1e300)
POINTS = np.linspace(-9.0, 9.0, 83) + 0.0137  # off the kinks, which are at round numbers


def bounds(kind: str) -> list[Bound]:
    """All built-in parts of a kind with their defaults: a test may come after others that have loaded plugins."""
    return [part() for part, owner in registry.parts() if part.kind == kind and owner == "built in"]


def other(bound: Bound) -> Bound:
    """The part with another value for each of its run-time parameters, no two the same."""
    values = dict(bound.values)
    for number, (name, default) in enumerate(bound.numbers.items()):
        tries = (default * 1.25 + 0.0625 * (number + 1), default * 0.75 + 0.0625 / (number + 1), default * 0.5)
        values[name] = next(t for t in tries if t != default and _allowed(bound.part, name, t))
    return bind(bound.part, values)


def _allowed(part: Part, name: str, value: float) -> bool:
    try:
        part.declared[name].check(value, name)
    except UsageError:
        return False
    return True


def single(bound: Bound) -> Bound:
    """The part with its run-time parameters rounded to float32."""
    return Bound(bound.part, {**bound.values, **{n: float(np.float32(v)) for n, v in bound.numbers.items()}})


def named(items: list[Bound]):
    """Decorator: the test runs once for each, under its name."""
    return pytest.mark.parametrize("bound", items, ids=[b.spec for b in items])


def central(f, x: float, h: float = 1e-6) -> float:
    """The derivative of f at x by central differences."""
    return (f(x + h) - f(x - h)) / (2 * h)


def activate(bound: Bound, x: float) -> float:
    return bound.part.f(x, *bound.values.values())


def slopes(bound: Bound, x: float) -> tuple[float, ...]:
    """dy/dx, dy/dparameter ..."""
    result = bound.part.derivative(x, activate(bound, x), *bound.values.values())
    return result if isinstance(result, tuple) else (result,)


def fill(bound: Bound, x) -> list[float]:
    """A row-wise activation of the row x."""
    y = [math.nan] * len(x)
    assert bound.part.f(list(x), y, *bound.values.values()) is None
    return y


def lose(bound: Bound, prediction, target) -> float:
    return bound.part.f(prediction, target, *bound.values.values())


def loss_slope(bound: Bound, prediction: float, target: float) -> float:
    return bound.part.gradient(prediction, target, *bound.values.values())
