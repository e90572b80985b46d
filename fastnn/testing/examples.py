"""The numbers that parts are tried with."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from fastnn.parts.part import Bound, bind

TARGETS = {
    "real": (-2.3, 0.0, 1.7),
    "positive": (0.2, 1.0, 9.0),
    "count": (0.0, 1.0, 7.0),
    "binary": (0.0, 1.0, 0.25),
    "sign": (-1.0, 1.0),
}
"""For each kind of target, values between which a loss may behave differently."""

LARGE = tuple(sign * size for size in (0.0, 1e-30, 1.0, 20.0, 50.0, 100.0, 1e3, 1e4, 1e10) for sign in (1.0, -1.0))
"""Numbers that a network can still come back from. A float32 exp overflows from 89 on, a float64 one from 710 on."""

LARGEST = 1e38  # what is beyond cannot be held in float32


def choices(bound: Bound) -> list[Bound]:
    """Return the part under every combination of its compile-time parameters."""
    declared = {n: p.choices for n, p in bound.part.declared.items() if p.compile_time}
    every = itertools.product(*declared.values())
    return [bind(bound.part, {**bound.values, **dict(zip(declared, c, strict=True))}) for c in every]


def typical(seed: int, *shape: int) -> Any:
    """Return random numbers as the layers of a network have them, in float64."""
    return np.random.default_rng(seed).normal(scale=3.0, size=shape)


def targets(bound: Bound, shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return random targets of the kind that a loss takes, in float64."""
    rng = np.random.default_rng(seed)
    if bound.part.target == "class":
        return rng.integers(shape[1], size=shape[0]).astype(float)
    return rng.choice(TARGETS[bound.part.target], shape)
