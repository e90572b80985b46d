"""The matrix products of layers, with one thread, compared with NumPy's OpenBLAS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asv_bench.peers.products import FORMS, close_to, operands
from benchmarks.timed import OneThread
from fastnn import ops

LAYERS = (  # of asv_bench.peers.products.LAYERS: batch, inputs, outputs
    (32, 30, 64), (64, 64, 128), (64, 128, 10), (128, 784, 128), (256, 512, 512), (1024, 784, 512),
)  # fmt: skip
LIBRARIES = {"fastnn": ops.matmul, "numpy": np.matmul}
WORK = 2e7  # multiplications and additions of a sample, at least: about 150 microseconds


def times(layer: tuple[int, int, int]) -> int:
    """Return how many products a sample has."""
    return max(1, round(WORK / (2 * np.prod(layer))))


LABELS = {f"{'x'.join(map(str, layer))} ({times(layer)} times)": layer for layer in LAYERS}


class Product(OneThread):
    """matmul(left, right, out=), repeated."""

    params = (list(LABELS), list(FORMS), ["float32", "float64"], list(LIBRARIES))
    param_names = ("batch x inputs x outputs", "form", "dtype", "library")

    @staticmethod
    def prepare(label: str, form: str, dtype: str, library: str) -> Callable:
        layer, multiply = LABELS[label], LIBRARIES[library]
        left, right = list(operands(layer, dtype))[FORMS.index(form)]
        out = np.empty((left.shape[0], right.shape[1]), dtype)
        count = times(layer)

        def run() -> None:
            for _ in range(count):
                multiply(left, right, out=out)

        run()
        close_to(left, right)(out)
        return run

    def time_product(self, label: str, form: str, dtype: str, library: str) -> None:
        self.call()
