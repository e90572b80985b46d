"""Initial weights and biases, drawn on the host in float64: all devices and dtypes start from the same numbers."""

from __future__ import annotations

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts.part import Bound


def initial_values(bound: Bound, rng: np.random.Generator, shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Return the values that the initializer draws. Raise UsageError if they do not have this shape."""
    drawn = np.asarray(bound.part.f(rng, shape, fan_in, fan_out, **bound.values))
    if drawn.shape != tuple(shape):
        raise UsageError(f"The initializer {bound.name!r} returned shape {drawn.shape}; it must be {tuple(shape)}.")
    return drawn
