"""Judge a derivative by differences of the function in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

_STEPS = (1e-3, 1e-4, 1e-5, 1e-2, 1e-6, 1e-7)
_ROUNDING = 1e-14  # relative error of the function's values
_RELATIVE, _ABSOLUTE = 1e-3, 1e-5


def contradiction(f: Callable[[float], float], at: float, given: float) -> float | None:
    """Return the derivative of f that its differences show, if they rule out the given one; else None.

    A smaller step helps where f is steep or has a kink nearby, a larger one where rounding errors are large. If any
    step agrees, the derivative counts as right. Where no step gives a clear result, as at a kink, it does too.
    """
    best, shown = math.inf, 0.0
    for step in _STEPS:
        h = step * max(1.0, abs(at))
        values = [f(at + k * h) for k in (-2, -1, 1, 2)]
        if not all(math.isfinite(v) for v in values):
            continue
        near, far = (values[2] - values[1]) / (2 * h), (values[3] - values[0]) / (4 * h)
        slope = (4 * near - far) / 3
        error = abs(near - far) + _ROUNDING * max(map(abs, values)) / h
        if abs(given - slope) <= _RELATIVE * max(abs(given), abs(slope)) + _ABSOLUTE + 2 * error:
            return None
        center = f(at)
        bend = abs(values[1] - 2 * center + values[2]) / h  # stays as large as it is with smaller steps at a kink
        if error + bend < best:
            best, shown = error + bend, slope
    # against NaN, any clear value is a contradiction
    return shown if best < 0.05 * max(abs(shown), abs(given) if math.isfinite(given) else 0.0, 1e-3) else None
