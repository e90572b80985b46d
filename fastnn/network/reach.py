"""The values that an activation can give: targets beyond them can never be predicted."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn.parts.part import Bound

# Where the function is evaluated: densely near 0, and at powers of ten up to NEAR, then up to FAR.
NEAR, FAR = 1e6, 1e30
_DENSE = [i / 64 for i in range(-32 * 64, 32 * 64 + 1)]
_NEAR = [sign * 10.0 ** (e / 4) for e in range(6, 25) for sign in (-1, 1)]
_FAR = [sign * 10.0 ** (e / 4) for e in range(25, 121) for sign in (-1, 1)]
_ROWS = ([0.0, 0.0, 0.0], [3.0, -1.0, 0.5], [-40.0, 20.0, 0.0], [1e3, 999.0, -1e3], [-5.0, -6.0, -7.0])


@dataclass(frozen=True)
class Reach:
    """The numbers from ``low`` to ``high``. sums_to_one: whether the outputs of a row always sum to 1."""

    low: float = -math.inf
    high: float = math.inf
    sums_to_one: bool = False

    @property
    def everything(self) -> bool:
        """Whether every real number can be reached."""
        return self.low == -math.inf and self.high == math.inf

    def __str__(self) -> str:
        """Return the numbers in words."""
        if self.everything:
            return "all numbers"
        if self.high == math.inf:
            return f"numbers of at least {self.low:.3g}"
        if self.low == -math.inf:
            return f"numbers of at most {self.high:.3g}"
        return f"numbers from {self.low:.3g} to {self.high:.3g}"


def reach(activation: Bound) -> Reach:
    """Return the values that an activation can give with its parameters, from its own formula.

    The formula is evaluated at some thousand numbers, so this also works for plugins. Trainable parameters have
    the values that they start from.

    Parameters
    ----------
    activation : Bound
        The activation with its parameters.

    Returns
    -------
    Reach
        Lowest and highest value; infinite if the values grow without bound.

    Examples
    --------
    >>> from fastnn.parts.registry import resolve
    >>> print(reach(resolve("activation", "softplus")))
    numbers of at least 0
    """
    part = activation.part
    return _reach(part.f, part.rowwise, tuple(activation.values[name] for name in part.declared))


@functools.lru_cache(256)
def _reach(f: Callable, rowwise: bool, parameters: tuple[Any, ...]) -> Reach:
    if rowwise:
        return _of_rows(f, parameters)
    near = _values(f, [*_DENSE, *_NEAR], parameters)
    far = _values(f, _FAR, parameters)
    return Reach(0.0 - _highest([-y for y in near], [-y for y in far]), _highest(near, far))


def _values(f: Callable, points: Iterable[float], parameters: tuple[Any, ...]) -> list[float]:
    found = []
    with np.errstate(all="ignore"):
        for x in points:
            try:
                y = float(f(x, *parameters))
            except Exception:  # math.exp overflows; what cannot be compiled either is reported there
                continue
            if y == y:
                found.append(y)
    return found


def _highest(near: list[float], far: list[float]) -> float:
    """Return the upper bound of the values, infinite if they go on growing between NEAR and FAR."""
    highest = max(near, default=math.inf)
    beyond = max([highest, *far])
    if beyond >= NEAR or beyond > 2 * max(highest, 1.0):
        return math.inf
    whole = round(beyond)
    return float(whole) if abs(beyond - whole) < 1e-3 else beyond  # between two points lies a little more


def _of_rows(f: Callable, parameters: tuple[Any, ...]) -> Reach:
    """Return the reach of a function of rows. Only one whose rows sum to 1, like softmax, has known bounds."""
    for row in _ROWS:
        out = [0.0] * len(row)
        try:
            f(row, out, *parameters)
        except Exception:  # as above
            return Reach()
        if not (all(0.0 <= y <= 1.0 for y in out) and abs(sum(out) - 1.0) < 1e-9):
            return Reach()
    return Reach(0.0, 1.0, sums_to_one=True)
