"""Normal distribution with mean 0 and standard deviation sqrt(1 / fan_in). Use it with selu.

Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, eq. 16. Convention: not truncated, as in
Klambauer et al., 2017 (arXiv:1706.02515). Keras and JAX truncate at two standard deviations; PyTorch does not have
this name.
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.parts import Initializer, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
    return rng.normal(0.0, math.sqrt(1.0 / fan_in), shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("lecun_normal", draw)]
