"""Uniform distribution within ±sqrt(6 / ((1 + slope^2) fan_in)), with variance 2 / ((1 + slope^2) fan_in).

``slope`` is that of the following leaky_relu or prelu (``a`` in PyTorch), and 0 for relu.

Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015 (arXiv:1502.01852), eqs. 10 and 15.
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.parts import Initializer, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, slope: float) -> np.ndarray:
    limit = math.sqrt(6.0 / ((1.0 + slope * slope) * fan_in))
    return rng.uniform(-limit, limit, shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("he_uniform", draw, parameters={"slope": 0.0}, aliases=("kaiming_uniform",))]
