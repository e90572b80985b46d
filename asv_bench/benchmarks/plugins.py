"""Training with a formula from a plugin, beside the same formula built in; and finding the installed plugins."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import fastnn
from asv_bench.peers.plugin import mish, mish_derivative
from benchmarks import process
from benchmarks.timed import OneThread, skip
from benchmarks.training import NAMES, epoch

SOURCE = """
import fastnn
from fastnn.mathematics import exp, log1p, tanh


def softplus(x):
    return max(x, 0.0) + log1p(exp(-abs(x)))


def value(x):
    return x * tanh(softplus(x))


def derivative(x, y):
    t = tanh(softplus(x))
    return t + x * (1.0 - t * t) / (1.0 + exp(-x))


@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation("benchmark_NAME", value, DERIVATIVE)]
"""
DERIVATIVES = {"plugin": "derivative=derivative", "plugin, derived": ""}


@cache
def folder() -> tempfile.TemporaryDirectory:
    """Return the folder of the sources, which must exist when they are compiled."""
    return tempfile.TemporaryDirectory()


@cache
def activation(origin: str) -> str:
    """Return the name of mish from this origin."""
    if origin == "built in":
        return "mish"
    name = origin.replace(", ", "_")
    text = SOURCE.replace("NAME", name).replace("DERIVATIVE", DERIVATIVES[origin])
    file = Path(folder().name, f"{name}.py")
    file.write_text(text, encoding="utf-8")
    fastnn.load_plugin(str(file))
    return f"benchmark_{name}"


class Epoch(OneThread):
    """An epoch with mish in the hidden layers."""

    params = (list(NAMES)[2:4], ["built in", *DERIVATIVES])
    param_names = ("network, batch", "mish")

    @staticmethod
    def prepare(name: str, origin: str) -> Callable:
        try:
            return epoch(NAMES[name], 1, activation(origin), (mish, mish_derivative))
        except fastnn.PluginError as error:
            if origin != "plugin, derived":
                raise
            raise skip(f"this commit derives no derivatives: {error}") from None

    def time_epoch(self, name: str, origin: str) -> None:
        self.call()


class Listing:
    """CPU seconds of `fastnn plugins list`."""

    version = "2"
    unit = "seconds"

    def track_list(self) -> float:
        return process.least_cpu(["-m", "fastnn", "plugins", "list"])
