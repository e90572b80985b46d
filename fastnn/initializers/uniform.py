"""Uniform distribution from low to high.

Convention: low 0 and high 1, the defaults of PyTorch's init.uniform_ (Keras: -0.05 and 0.05). Choose a range around 0
for weights.
"""

from __future__ import annotations

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts import Initializer, hookimpl


def draw(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, low: float, high: float
) -> np.ndarray:
    if low > high:
        raise UsageError(f"initializer uniform: low = {low:g} is not allowed: it must be at most high = {high:g}.")
    return rng.uniform(low, high, shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("uniform", draw, parameters={"low": 0.0, "high": 1.0})]
