"""Small generated data sets: shapes in the plane for classification, a noisy cubic for regression."""

from __future__ import annotations

import numpy as np

from fastnn.data.table import Table, Text

ROWS = 1000


def spirals(seed: int) -> Table:
    """Three spiral arms, each turning by 4 radians (after A. Karpathy, CS231n, 2015)."""
    rng = np.random.default_rng(seed)
    arm = np.arange(ROWS) % 3
    radius = np.sqrt(rng.uniform(0.0, 1.0, ROWS))
    angle = 4.0 * (arm + radius) + rng.normal(0.0, 0.2, ROWS)
    return _plane("spirals", radius * np.sin(angle), radius * np.cos(angle), arm, ("one", "two", "three"))


def moons(seed: int) -> Table:
    """Two interleaving half circles with noise, which a straight line cannot separate."""
    rng = np.random.default_rng(seed)
    moon = np.arange(ROWS) % 2
    angle = rng.uniform(0.0, np.pi, ROWS)
    x = np.where(moon == 0, np.cos(angle), 1.0 - np.cos(angle))
    y = np.where(moon == 0, np.sin(angle), 0.5 - np.sin(angle))
    noise = rng.normal(0.0, 0.15, (2, ROWS))
    return _plane("moons", x + noise[0], y + noise[1], moon, ("upper", "lower"))


def blobs(seed: int) -> Table:
    """Three round clouds of points, which straight lines separate well."""
    rng = np.random.default_rng(seed)
    blob = np.arange(ROWS) % 3
    centre = np.array([(-2.0, 0.0), (2.0, 0.0), (0.0, 3.0)])[blob] + rng.normal(0.0, 0.8, (ROWS, 2))
    return _plane("blobs", centre[:, 0], centre[:, 1], blob, ("left", "right", "top"))


def cubic(seed: int) -> Table:
    """y = x³ - 2 x² - 3 x + 4 for x between -2 and 3.5, with noise of standard deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2.0, 3.5, ROWS)
    y = x**3 - 2 * x**2 - 3 * x + 4 + rng.normal(0.0, 1.0, ROWS)
    return Table("cubic", ("x", "y"), np.stack([x, y], axis=1), {"x": 0, "y": 1}, targets=("y",))


def _plane(name: str, x: np.ndarray, y: np.ndarray, group: np.ndarray, labels: tuple[str, ...]) -> Table:
    ordered = tuple(sorted(labels))
    codes = np.array([ordered.index(label) for label in labels], np.int32)[group]
    places = {"x": 0, "y": 1}
    matrix = np.stack([x, y], axis=1)
    return Table(name, ("x", "y", "group"), matrix, places, texts={"group": Text(codes, ordered)}, targets=("group",))
