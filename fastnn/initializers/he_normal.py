"""Normal distribution with mean 0 and standard deviation sqrt(2 / ((1 + slope^2) fan_in)).

``slope`` is that of the following leaky_relu or prelu (``a`` in PyTorch), and 0 for relu.

Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015 (arXiv:1502.01852), eqs. 10 and 15.
Convention: not truncated, as in PyTorch (Keras and JAX truncate at two standard deviations).
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.parts import Initializer, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, slope: float) -> np.ndarray:
    return rng.normal(0.0, math.sqrt(2.0 / ((1.0 + slope * slope) * fan_in)), shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("he_normal", draw, parameters={"slope": 0.0}, aliases=("kaiming_normal",))]
