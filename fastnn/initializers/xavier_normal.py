"""Normal distribution with mean 0 and standard deviation gain sqrt(2 / (fan_in + fan_out)).

Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
2010, eq. 12. Convention: not truncated, as in PyTorch (Keras and JAX truncate at two standard deviations).
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.parts import Initializer, Parameter, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, gain: float) -> np.ndarray:
    return rng.normal(0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    parameters = {"gain": Parameter(1.0, at_least=0.0)}
    return [Initializer("xavier_normal", draw, parameters=parameters, aliases=("glorot_normal",))]
