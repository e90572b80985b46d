"""Training of the six networks of the peers: an epoch, and the way to a fixed accuracy."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

import fastnn
from asv_bench.peers import networks
from asv_bench.peers.checks import moved_alike
from asv_bench.peers.networks import BETA1, BETA2, CASES, CHECKED_STEPS, EPS, LEARNING_RATE, Case
from benchmarks.timed import OneThread, Timed, skip

ADAM = f"adam:beta1={BETA1},beta2={BETA2},eps={EPS}"
NAMES = {case.name: case for case in CASES}
LIBRARIES = {  # name -> package, module of its jobs, arguments
    "pytorch": ("torch", "with_torch", {"fused": True}),
    "jax": ("jax", "with_jax", {}),
    "scikit-learn": ("sklearn", "with_sklearn", {}),
}


def settings(case: Case) -> dict[str, Any]:
    return {
        "loss": "cross_entropy" if case.classes else "mse", "optimizer": ADAM, "lr": LEARNING_RATE,
        "batch_size": case.batch, "validation": None,
    }  # fmt: skip


def network(case: Case, activation: str = "relu") -> fastnn.Network:
    """Return the network with the initial weights of the peers."""
    net = fastnn.Network(case.sizes, activation=activation)
    start = networks.initial(case)
    net.weights = list(zip(start[::2], start[1::2], strict=True))
    return net


def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    X, y = networks.data(case)
    return X, y if case.classes else y[:, None]


def epoch(case: Case, threads: int, activation: str = "relu", formula: Any = networks.RELU, **more: Any) -> Callable:
    """Return a call that trains for an epoch, after a few steps that are compared with NumPy."""
    net, (X, y) = network(case, activation), data(case)
    rows = slice(CHECKED_STEPS * case.batch)
    fastnn.train(net, X[rows], y[rows], epochs=1, shuffle=False, threads=threads, **settings(case), **more)
    expected = networks.trained(case, activation=formula)
    check = moved_alike(networks.initial(case), expected, networks.TOLERANCE)
    check([p for pair in net.weights for p in pair])

    def run() -> None:
        fastnn.train(net, X, y, epochs=1, threads=threads, **settings(case), **more)

    run()
    return run


def of_peer(case: Case, library: str) -> Callable:
    package, module, arguments = LIBRARIES[library]
    if importlib.util.find_spec(package) is None:
        raise skip(f"{package} is not installed (the extra peers)")
    job = import_module(f"asv_bench.peers.{module}").training(case, **arguments)
    logistic = case.logistic and library == "scikit-learn"
    moved_alike(networks.initial(case, logistic), networks.trained(case, logistic), networks.TOLERANCE)(job.result)
    return job.run


class Epoch(OneThread):
    """An epoch, with Adam and one thread. PyTorch stops after 50 steps; the others take case.steps."""

    params = (list(NAMES), ["fastnn", *LIBRARIES])
    param_names = ("network, batch", "library")

    @staticmethod
    def prepare(name: str, library: str) -> Callable:
        return epoch(NAMES[name], threads=1) if library == "fastnn" else of_peer(NAMES[name], library)

    def time_epoch(self, name: str, library: str) -> None:
        self.call()


class TwoThreads(Timed):
    """An epoch with two threads, by the clock: other processes are counted."""

    params = (list(NAMES),)
    param_names = ("network, batch",)

    @staticmethod
    def prepare(name: str) -> Callable:
        if len(os.sched_getaffinity(0)) < 2:
            raise skip("this process can use one core only")
        return epoch(NAMES[name], threads=2)

    def time_epoch(self, name: str) -> None:
        self.call()


ACCURACY = 0.9
CORNERS = 10


def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Return ten overlapping classes of points in 64 dimensions."""
    rng = np.random.default_rng(11)
    y = rng.integers(0, CORNERS, 4000)
    return (rng.standard_normal((CORNERS, 64))[y] * 0.25 + rng.standard_normal((4000, 64))).astype(np.float32), y


class Accuracy:
    """From the same weights to the same accuracy on the training data: what an epoch costs and what it brings."""

    version = "1"
    params = (["sgd:lr=0.05", "adam"],)
    param_names = ("optimizer",)

    def setup(self, optimizer: str) -> None:
        self.X, self.y = clusters()
        self.train(optimizer, 1)  # compiles

    def train(self, optimizer: str, epochs: int) -> tuple[float, int]:
        """Return the accuracy and the epochs that it took, at most these."""
        net = fastnn.Network((64, 128, CORNERS), seed=1)
        right = 0.0
        for done in range(1, epochs + 1):
            fastnn.train(
                net, self.X, self.y, optimizer=optimizer, epochs=1, validation=None, batch_size=32, threads=1, seed=done
            )
            right = float(np.mean(np.argmax(net.forward(self.X), axis=1) == self.y))
            if right >= ACCURACY:
                break
        return right, done

    def track_cpu_seconds(self, optimizer: str) -> float:
        def once() -> float:
            began = time.process_time()
            reached, _ = self.train(optimizer, 60)
            if reached < ACCURACY:
                raise ValueError(f"accuracy {reached} after 60 epochs")
            return time.process_time() - began

        return min(once() for _ in range(5))

    def track_epochs(self, optimizer: str) -> int:
        return self.train(optimizer, 60)[1]


Accuracy.track_cpu_seconds.unit = "seconds"  # type: ignore[attr-defined]
Accuracy.track_epochs.unit = "epochs"  # type: ignore[attr-defined]
