"""Every element is ``value``, 0 by default."""

from __future__ import annotations

import numpy as np

from fastnn.parts import Initializer, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, value: float) -> np.ndarray:
    return np.full(shape, value)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("constant", draw, parameters={"value": 0.0})]
