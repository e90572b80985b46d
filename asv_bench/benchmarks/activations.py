"""Every activation, and its derivative, over 64k numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from asv_bench.peers import functions
from asv_bench.peers.checks import within
from benchmarks import parts, reference
from benchmarks.timed import OneThread, skip
from fastnn import ops

STEP = 1e-6  # of central differences
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
SHAPE = (-1, 64)  # rows, for row-wise activations


def numbers(dtype: str) -> np.ndarray:
    return functions.timed("tanh").astype(dtype).reshape(SHAPE)


class Value(OneThread):
    """ops.activation."""

    params = (parts.names("activation"), ["float32", "float64"])
    param_names = ("activation", "dtype")

    @staticmethod
    def prepare(name: str, dtype: str) -> Callable:
        parts.needed("activation", name)
        x = numbers(dtype)
        expected = reference.of(reference.ACTIVATIONS, name)(x.astype(float))
        within(expected, TOLERANCE[dtype] * (1 + np.abs(expected)))(ops.activation(name, x))
        return partial(ops.activation, name, x)

    def time_value_x10(self, name: str, dtype: str) -> None:
        for _ in range(10):
            self.call()


class Derivative(OneThread):
    """ops.activation_derivative. The NumPy derivative is a central difference."""

    params = (parts.names("activation"), ["float32", "float64"])
    param_names = ("activation", "dtype")

    @staticmethod
    def prepare(name: str, dtype: str) -> Callable:
        parts.needed("activation", name)
        if name in reference.ROW_WISE:
            raise skip(f"{name} is row-wise: its derivative is a matrix")
        x = numbers(dtype)
        f = reference.of(reference.ACTIVATIONS, name)
        expected = (f(x.astype(float) + STEP) - f(x.astype(float) - STEP)) / (2 * STEP)
        within(expected, max(TOLERANCE[dtype], 1e-7) * (1 + np.abs(expected)))(ops.activation_derivative(name, x))
        return partial(ops.activation_derivative, name, x)

    def time_derivative_x10(self, name: str, dtype: str) -> None:
        for _ in range(10):
            self.call()
