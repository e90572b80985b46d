"""Every loss, and its gradient, for 4,096 rows of 16 outputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from asv_bench.peers.checks import within
from benchmarks import parts, reference
from benchmarks.timed import OneThread
from fastnn import ops

SHAPE = (4096, 16)
STEP = 1e-6
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


def arguments(name: str, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and targets."""
    targets, _ = reference.of(reference.LOSSES, name)
    rng = np.random.default_rng(7)
    z, t = rng.standard_normal(SHAPE).astype(dtype), targets(rng, SHAPE)
    return z, t if t.ndim == 1 else t.astype(dtype)


class Loss(OneThread):
    """ops.loss."""

    params = (parts.names("loss"), ["float32", "float64"])
    param_names = ("loss", "dtype")

    @staticmethod
    def prepare(name: str, dtype: str) -> Callable:
        parts.needed("loss", name)
        z, t = arguments(name, dtype)
        _, f = reference.of(reference.LOSSES, name)
        expected = np.mean(f(z.astype(float), t.astype(float)))
        within(expected, TOLERANCE[dtype] * (1 + abs(expected)))(np.asarray(ops.loss(name, z, t)))
        return partial(ops.loss, name, z, t)

    def time_loss_x4(self, name: str, dtype: str) -> None:
        for _ in range(4):
            self.call()


class Gradient(OneThread):
    """ops.loss_gradient. It is checked along a random direction, by a central difference in NumPy."""

    params = (parts.names("loss"), ["float32", "float64"])
    param_names = ("loss", "dtype")

    @staticmethod
    def prepare(name: str, dtype: str) -> Callable:
        parts.needed("loss", name)
        z, t = arguments(name, dtype)
        _, f = reference.of(reference.LOSSES, name)
        way = STEP * np.random.default_rng(8).standard_normal(SHAPE)
        rise = f(z + way, t.astype(float)) - f(z - way, t.astype(float))
        found = 2 * ops.loss_gradient(name, z, t, reduction="sum").astype(float) * way
        found = found.sum(axis=1) if rise.ndim == 1 else found
        within(rise / STEP, 1e-4 * (1 + np.abs(rise / STEP)))(found / STEP)
        return partial(ops.loss_gradient, name, z, t)

    def time_gradient_x4(self, name: str, dtype: str) -> None:
        for _ in range(4):
            self.call()
