"""Every optimizer: one update of the 535,040 weights of 784-512-256-10, in float32."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from asv_bench.peers import flat
from asv_bench.peers.checks import within
from benchmarks import parts, reference
from benchmarks.timed import OneThread
from fastnn import ops

CHANGE_TOLERANCE, VALUE_TOLERANCE = 1e-3, 3e-7  # shares of the change of a parameter, and of the parameter
SIZES = {"535,040": 535_040, "4M": 4 * 2**20}


class Step(OneThread):
    """ops.optimizer(name).step."""

    params = (parts.names("optimizer"), list(SIZES))
    param_names = ("optimizer", "parameters")

    @staticmethod
    def prepare(name: str, size: str) -> Callable:
        hyperparameters = parts.needed("optimizer", name)
        p, g = flat.arrays(SIZES[size])
        start, slope = flat.some(p).astype(float), flat.some(g).astype(float)
        optimizer = ops.optimizer(name)
        for _ in range(flat.CHECKED_STEPS):
            optimizer.step(p, g)
        *_, expected = reference.of(reference.rules(), name)(start, [slope] * flat.CHECKED_STEPS, **hyperparameters)
        within(expected, CHANGE_TOLERANCE * np.abs(expected - start) + VALUE_TOLERANCE * np.abs(start))(flat.some(p))
        return partial(optimizer.step, p, g)

    def time_step_x4(self, name: str, size: str) -> None:
        for _ in range(4):
            self.call()
