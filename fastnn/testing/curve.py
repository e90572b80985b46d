"""An elementwise loss as a function of the prediction, for one target, and the places where such a function breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fastnn.parts.part import Bound
from fastnn.testing.examples import TARGETS
from fastnn.testing.kernels import run_loss

NEAR = 20.0  # errors up to this are searched closely
STEP = 0.005
ERRORS = STEP * np.arange(-round(NEAR / STEP), round(NEAR / STEP) + 1)
BESIDE = 1e-9  # where a function is looked at beside a break
Function = Callable[[np.ndarray], np.ndarray]


class Curve:
    """Loss and gradient for one target, in float64."""

    def __init__(self, bound: Bound, target: float):
        self.bound, self.target = bound, target
        self.near = target + ERRORS  # errors of exactly 0 are among them

    def loss(self, predictions: np.ndarray) -> np.ndarray:
        """Return the loss of every prediction."""
        z = np.ascontiguousarray(predictions, float).reshape(-1, 1)
        return run_loss(self.bound, z, np.full_like(z, self.target), gradient=False)[0]

    def gradient(self, predictions: np.ndarray) -> np.ndarray:
        """Return the gradient at every prediction."""
        z = np.ascontiguousarray(predictions, float).reshape(-1, 1)
        return run_loss(self.bound, z, np.full_like(z, self.target))[1].ravel()

    def at(self, prediction: float) -> str:
        """Return a place in words."""
        error = _round(prediction - self.target)
        return f"prediction = {_round(prediction):g}, target = {self.target:g} (error {error:g})"


def curves(bound: Bound) -> list[Curve]:
    """Return the curves for several targets of the kind that the loss takes."""
    return [Curve(bound, target) for target in TARGETS[bound.part.target]]


def breaks(f: Function, x: np.ndarray) -> list[float]:
    """Return the places between neighbors in x where f jumps: where it changes as much however closely one looks.

    Where f is not finite is not looked at.
    """
    y = f(x)
    changes = np.abs(np.diff(y))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(changes, 4, mode="edge"), 9)
    with np.errstate(invalid="ignore"):
        large = changes > 4.0 * np.median(around, axis=1) + 1e-9 * (1.0 + np.abs(y[1:]))
    places = [_closer(f, x[i], x[i + 1]) for i in np.flatnonzero(large & np.isfinite(changes))]
    found: list[float] = []
    for place in places:
        if place is not None and not (found and abs(place - found[-1]) < 1e-6):
            found.append(place)
    return found


def _closer(f: Function, low: float, high: float) -> float | None:
    """Return where f jumps between two numbers, or None: follow its largest change into ever smaller intervals."""
    first = abs(float(np.diff(f(np.array([low, high])))[0]))
    for _ in range(9):
        points = np.linspace(low, high, 65)
        values = f(points)
        if not np.isfinite(values).all():
            return float(points[np.flatnonzero(~np.isfinite(values))[0]])
        changes = np.abs(np.diff(values))
        i = int(changes.argmax())
        low, high = points[max(i - 1, 0)], points[min(i + 2, 64)]  # a pole may lie in the interval beside it
        if high - low <= 1e-12 * max(1.0, abs(low)):
            break
    return float(points[i + 1]) if changes.max() > 0.3 * first else None


def places(found: Sequence[tuple[Curve, Sequence[float]]], between: str = ", ") -> str:
    """Return places in words: as errors or as predictions, if they are the same for all targets."""
    errors = {tuple(_round(p - curve.target) for p in at) for curve, at in found}
    predictions = {tuple(_round(p) for p in at) for _, at in found}
    for name, sets in (("error", errors), ("prediction", predictions)):
        if len(sets) == 1 and len(found) > 1:
            return f"{name} {between.join(f'{v:g}' for v in sets.pop())}"
    each = [f"{between.join(f'{_round(p):g}' for p in at)} (target {curve.target:g})" for curve, at in found if at]
    return f"prediction {', '.join(each)}"


def _round(value: float) -> float:
    return round(value, 6) + 0.0  # not -0.0
