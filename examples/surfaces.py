"""The three surfaces f(x, y) on which the optimizers race: Beale's function, a long valley, a saddle point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Surface:
    """f and its gradient take a point (x, y). arrived: whether a point is at the goal. view: x and y from, to."""

    title: str
    f: Callable
    gradient: Callable
    start: tuple[float, float]
    arrived: Callable
    view: tuple[float, float, float, float]
    levels: np.ndarray


def beale(p):
    x, y = p
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def beale_gradient(p):
    x, y = p
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    of_x = 2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1)
    of_y = 2 * a * x + 4 * b * x * y + 6 * c * x * y**2
    return np.array([of_x, of_y])


def valley(p):
    return 0.01 * p[0] ** 2 + p[1] ** 2


def valley_gradient(p):
    return np.array([0.02 * p[0], 2 * p[1]])


def saddle(p):  # the last term lets the ways down end somewhere
    return p[0] ** 2 - p[1] ** 2 + p[1] ** 4 / 16


def saddle_gradient(p):
    return np.array([2 * p[0], -2 * p[1] + p[1] ** 3 / 4])


BEALE = Surface(
    "Beale's function", beale, beale_gradient, (1.0, 1.5),
    lambda p: np.hypot(p[0] - 3, p[1] - 0.5) < 0.3, (-0.3, 4.2, -2.1, 1.8), np.geomspace(0.02, 100, 12),
)  # fmt: skip
VALLEY = Surface(
    "Long valley", valley, valley_gradient, (-8.0, 1.5),
    lambda p: np.hypot(*p) < 1, (-9, 2, -2, 2), np.geomspace(0.01, 4, 10),
)  # fmt: skip
SADDLE = Surface(
    "Saddle point", saddle, saddle_gradient, (1.5, 0.001),
    lambda p: abs(p[1]) > 1, (-1, 2, -1, 3.6), np.linspace(-4, 3, 15),
)  # fmt: skip
