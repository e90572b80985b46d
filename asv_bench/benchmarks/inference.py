"""Outputs of a trained network, compared with the same in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asv_bench.peers import networks
from asv_bench.peers.checks import within
from benchmarks.timed import OneThread
from benchmarks.training import NAMES, data, network

ROWS = {"1 (100 times)": (1, 100), "100 (10 times)": (100, 10), "10,000": (10_000, 1)}


def by_numpy(parameters: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    *hidden, (W, b) = zip(parameters[::2], parameters[1::2], strict=True)
    for V, c in hidden:
        x = np.maximum(x @ V + c, 0)
    return x @ W + b


class Forward(OneThread):
    """net.forward(X) of so many rows, repeated."""

    params = (list(NAMES)[:5], list(ROWS), ["fastnn", "numpy"])
    param_names = ("network, batch", "rows", "library")

    @staticmethod
    def prepare(name: str, label: str, library: str) -> Callable:
        case, (rows, times) = NAMES[name], ROWS[label]
        X = np.resize(data(case)[0], (rows, case.sizes[0]))
        parameters, net = networks.initial(case), network(case)
        expected = by_numpy([p.astype(float) for p in parameters], X.astype(float))
        call = net.forward if library == "fastnn" else lambda x: by_numpy(parameters, x)
        within(expected, 1e-4 * (1 + np.abs(expected)))(call(X))

        def run() -> None:
            for _ in range(times):
                call(X)

        return run

    def time_forward(self, name: str, rows: str, library: str) -> None:
        self.call()
