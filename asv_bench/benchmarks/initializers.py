"""Every initializer, for the weights of 784-512."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks import parts
from benchmarks.timed import OneThread, skip
from fastnn import ops

SHAPE = FAN_IN, FAN_OUT = 784, 512
XAVIER = np.sqrt(2 / (FAN_IN + FAN_OUT))
MOMENTS = {  # mean and standard deviation
    "constant": (0.0, 0.0),
    "he_normal": (0.0, np.sqrt(2 / FAN_IN)),
    "he_uniform": (0.0, np.sqrt(2 / FAN_IN)),
    "lecun_normal": (0.0, np.sqrt(1 / FAN_IN)),
    "normal": (0.0, 1.0),
    "ones": (1.0, 0.0),
    "orthogonal": (0.0, np.sqrt(1 / FAN_IN)),
    "truncated_normal": (0.0, 0.8796),
    "uniform": (0.5, np.sqrt(1 / 12)),
    "xavier_normal": (0.0, XAVIER),
    "xavier_uniform": (0.0, XAVIER),
    "zeros": (0.0, 0.0),
}


class Initialize(OneThread):
    """ops.initialize. Constants are too fast to follow."""

    params = (parts.names("initializer"),)
    param_names = ("initializer",)

    @staticmethod
    def prepare(name: str) -> Callable:
        parts.needed("initializer", name)
        if name not in MOMENTS:
            raise LookupError(f"{name} is a new part: add its mean and standard deviation to {__name__}.MOMENTS.")
        mean, deviation = MOMENTS[name]
        values = ops.initialize(name, SHAPE, seed=1)
        error = max(abs(values.mean() - mean), abs(values.std() - deviation))
        if values.shape != SHAPE or error > 0.01 * (deviation + 1e-9):
            raise ValueError(f"{name}: mean {values.mean():.4g}, standard deviation {values.std():.4g}")
        if deviation == 0:
            raise skip(f"{name} fills an array: that takes less than 50 microseconds")
        return partial(ops.initialize, name, SHAPE, seed=1)

    def time_initialize(self, name: str) -> None:
        self.call()
