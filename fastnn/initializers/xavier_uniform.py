"""Uniform distribution within ±gain sqrt(6 / (fan_in + fan_out)), with variance gain^2 2 / (fan_in + fan_out).

Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
2010, eq. 16. Use it with tanh and other activations with slope 1 at 0.
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.parts import Initializer, Parameter, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, gain: float) -> np.ndarray:
    limit = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    parameters = {"gain": Parameter(1.0, at_least=0.0)}
    return [Initializer("xavier_uniform", draw, parameters=parameters, aliases=("glorot_uniform",))]
