"""The derivative that is derived from a built-in formula equals the one written by hand, to rounding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from every_part import TARGETS, bounds, choices, named, other
from run_kernels import DTYPES

from fastnn.parts.kinds import bind
from fastnn.testing.kernels import run_activation, run_loss

ELEMENTWISE = {k: [c for b in bounds(k) for c in choices(b) if not b.part.rowwise] for k in ("activation", "loss")}
LARGE = np.geomspace(1e-6, 1e4, 500)
POINTS = np.concatenate([np.linspace(-9.0, 9.0, 2001), LARGE, -LARGE])

AT_KINK = {"relu", "quantile", "hinge"}
"""By hand they have another derivative at their kink, where x is 0 or the target: at_zero, or 0."""

MORE_STABLE = {
    "softsign": (1e6, 1e-4),  # by hand 1 / (1 + |x|)^2; derived (1 - |y|) / (1 + |x|), where 1 - |y| cancels
    "log_cosh": (1e-5, 1e-4),  # by hand tanh(e); derived 1 - (1 + expm1(-2 |e|)) / ..., which cancels near 0
}
"""Parts whose derivative by hand has a smaller relative error: a point, and the error that the derived one may have."""


def check(name: str, x: np.ndarray, derived: np.ndarray, by_hand: np.ndarray) -> None:
    """To a few units in the last place of the larger of the derivative and 1."""
    there = x != 0.0 if name in AT_KINK else x == x
    close = 5 * np.finfo(x.dtype).eps
    np.testing.assert_allclose(derived[there], by_hand[there], rtol=close, atol=close)


@DTYPES
@named(ELEMENTWISE["activation"])
def test_activation(bound, dtype):
    x = np.array([*POINTS, 0.0], dtype)
    derived = replace(bound.part, derivative=None)
    for b in (bound, other(bound)):
        values, slopes, learnt = run_activation(b, x)
        same, derived_slopes, derived_learnt = run_activation(bind(derived, b.values), x)
        assert values.tobytes() == same.tobytes()
        check(bound.name, x, derived_slopes, slopes)
        for one, two in zip(derived_learnt, learnt, strict=True):
            check(bound.name, x, one, two)


@DTYPES
@named(ELEMENTWISE["loss"])
def test_loss(bound, dtype):
    derived = replace(bound.part, gradient=None)
    for b in (bound, other(bound)):
        for target in TARGETS[bound.part.target]:
            x = np.array([*POINTS, 0.0, target], dtype)[:, None]
            y = np.full_like(x, target)
            losses, gradient = run_loss(b, x, y, 1.0)
            same, derived_gradient = run_loss(bind(derived, b.values), x, y, 1.0)
            assert losses.tobytes() == same.tobytes()
            check(bound.name, (x - y).ravel(), derived_gradient.ravel(), gradient.ravel())


@pytest.mark.parametrize("name", MORE_STABLE)
def test_some_derivatives_by_hand_are_more_stable(name):
    """The derived one still has a small absolute error."""
    at, allowed = MORE_STABLE[name]
    x = np.array([[at]])
    if name == "softsign":
        [bound] = [b for b in ELEMENTWISE["activation"] if b.name == name]
        exact, [[derived]] = 1.0 / (1.0 + at) ** 2, run_activation(replace(bound.part, derivative=None)(), x)[1]
    else:
        [bound] = [b for b in ELEMENTWISE["loss"] if b.name == name]
        exact, [[derived]] = np.tanh(at), run_loss(replace(bound.part, gradient=None)(), x, np.zeros_like(x), 1.0)[1]
    assert 1e-14 < abs(derived / exact - 1) < allowed
