"""Compare results with float64 NumPy. Only correct results are timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Check = Callable[[Any], None]


class WrongResult(Exception):
    """The result of a peer differs from that of NumPy in float64."""


def within(expected: np.ndarray, bound: np.ndarray | float) -> Check:
    """Return a check that each element differs from the expected one by at most ``bound``."""

    def check(result: Any) -> None:
        if result.shape != expected.shape:
            raise WrongResult(f"shape {result.shape} instead of {expected.shape}")
        excess = np.abs(result.astype(np.float64) - expected) / bound
        if not (excess <= 1).all():  # true for NaN as well
            raise WrongResult(f"{np.max(excess):.3g} times the allowed error")

    return check


def nothing(result: Any) -> None:
    """Accept any result: of what only fastnn does, and what its tests check."""


def moved_alike(start: list[np.ndarray], expected: list[np.ndarray], share: float) -> Check:
    """Return a check of parameters after training.

    The error of each array must be at most ``share`` times its change since the start, in the L2 norm. Single elements
    are not compared: if a gradient is 0 apart from rounding errors, Adam makes a full step in either direction.
    """

    def check(result: Any) -> None:
        if [r.shape for r in result] != [e.shape for e in expected]:
            raise WrongResult(f"shapes {[r.shape for r in result]} instead of {[e.shape for e in expected]}")
        for s, r, e in zip(start, result, expected, strict=True):
            error, change = (np.linalg.norm(a) for a in (r.astype(np.float64) - e, e - s))
            if not error <= share * change:
                raise WrongResult(f"parameters {e.shape}: error {error / change:.3g} of their change; allowed: {share}")

    return check
