"""Normal distribution truncated to low ... high: values outside are drawn again.

Convention: low and high are values, -2 and 2 by default, as in PyTorch's init.trunc_normal_. Keras and JAX truncate
at two standard deviations.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts import Initializer, Parameter, hookimpl

MIN_ACCEPTED = 0.01  # fraction of all draws that must fall inside; with fewer, drawing takes too long


def draw(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    fan_in: int,
    fan_out: int,
    mean: float,
    std: float,
    low: float,
    high: float,
) -> np.ndarray:
    distribution = NormalDist(mean, std)
    inside = distribution.cdf(high) - distribution.cdf(low)
    if inside < MIN_ACCEPTED:
        raise UsageError(
            f"initializer truncated_normal: low = {low:g}, high = {high:g} is not allowed: at least "
            f"{MIN_ACCEPTED:.0%} of the normal distribution with mean {mean:g} and std {std:g} must lie between "
            f"them, not {inside:.2g}."
        )
    result = rng.normal(mean, std, shape)
    while (outside := (result < low) | (result > high)).any():
        result[outside] = rng.normal(mean, std, np.count_nonzero(outside))
    return result


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    parameters = {"mean": 0.0, "std": Parameter(1.0, above=0.0), "low": -2.0, "high": 2.0}
    return [Initializer("truncated_normal", draw, parameters=parameters)]
