"""Comparing a result with float64 NumPy; nothing is timed that is not right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Check = Callable[[Any], None]


class WrongResult(Exception):
    """A peer computed something else than NumPy in float64 did."""


def within(expected: np.ndarray, bound: np.ndarray | float) -> Check:
    """A check that each element is no further than ``bound`` from what is expected."""

    def check(result: Any) -> None:
        if result.shape != expected.shape:
            raise WrongResult(f"shape {result.shape} instead of {expected.shape}")
        excess = np.abs(result.astype(np.float64) - expected) / bound
        if not (excess <= 1).all():  # also for NaN
            raise WrongResult(f"{np.max(excess):.3g} times the allowed error")

    return check


def moved_alike(start: list[np.ndarray], expected: list[np.ndarray], share: float) -> Check:
    """A check of parameters after training: each array is off by at most ``share`` of its way from the start.

    Not element by element: where a gradient is 0 but for rounding, Adam goes a whole step one way or the other.
    """

    def check(result: Any) -> None:
        if [r.shape for r in result] != [e.shape for e in expected]:
            raise WrongResult(f"shapes {[r.shape for r in result]} instead of {[e.shape for e in expected]}")
        for s, r, e in zip(start, result, expected, strict=True):
            off, way = (np.linalg.norm(a) for a in (r.astype(np.float64) - e, e - s))
            if not off <= share * way:
                raise WrongResult(f"parameters {e.shape} are off by {off / way:.3g} of their way; allowed: {share}")

    return check
