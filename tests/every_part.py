"""What the tests of the parts share: every part of a kind, and numeric derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn import registry
from fastnn.parts import Bound

HUGE = (1e3, 1e10, 3e38, 1e300)
POINTS = np.linspace(-9.0, 9.0, 83) + 0.0137  # off the kinks, which are at round numbers


def bounds(kind: str) -> list[Bound]:
    """All parts of a kind with their defaults."""
    return [part() for part, _ in registry.parts() if part.kind == kind]


def named(items: list[Bound]):
    """Decorator: the test runs once for each, under its name."""
    return pytest.mark.parametrize("bound", items, ids=[b.spec for b in items])


def central(f, x: float, h: float = 1e-6) -> float:
    """The derivative of f at x by central differences."""
    return (f(x + h) - f(x - h)) / (2 * h)
