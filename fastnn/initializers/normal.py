"""Normal distribution with the given mean and standard deviation.

Convention: mean 0 and std 1, the defaults of PyTorch's init.normal_ (Keras: 0 and 0.05). Choose a smaller std for
the weights of a layer with many inputs.
"""

from __future__ import annotations

import numpy as np

from fastnn.parts import Initializer, Parameter, hookimpl


def draw(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, mean: float, std: float
) -> np.ndarray:
    return rng.normal(mean, std, shape)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("normal", draw, parameters={"mean": 0.0, "std": Parameter(1.0, at_least=0.0)})]
