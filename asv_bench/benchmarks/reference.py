"""The parts in float64 NumPy, with the default values of their parameters. A new part needs a line here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from asv_bench.peers.functions import EXACT
from benchmarks import FOLDER

Function = Callable[..., np.ndarray]
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def leaky(x: np.ndarray, slope: float) -> np.ndarray:
    return np.where(x > 0, x, slope * x)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


sigmoid, softplus = EXACT["sigmoid"], EXACT["softplus"]

ACTIVATIONS: dict[str, Function] = {
    "elu": elu,
    "gelu": EXACT["gelu"],
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "identity": lambda x: x,
    "leaky_relu": partial(leaky, slope=0.01),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "prelu": partial(leaky, slope=0.25),
    "relu": lambda x: np.maximum(x, 0),
    "selu": lambda x: SELU_SCALE * elu(x, SELU_ALPHA),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "softmax": softmax,
    "softplus": softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}
ROW_WISE = ("softmax",)


def cross_entropy(z: np.ndarray, t: np.ndarray) -> np.ndarray:
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), t.astype(int)]


def real(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(shape)


def binary(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.integers(0, 2, shape).astype(float)


LOSSES: dict[str, tuple[Function, Function]] = {  # the targets, and the loss of each element or row
    "binary_cross_entropy": (binary, lambda z, t: np.logaddexp(0, z) - t * z),
    "cross_entropy": (lambda rng, shape: rng.integers(0, shape[1], shape[0]), cross_entropy),
    "hinge": (lambda rng, shape: 2 * binary(rng, shape) - 1, lambda z, t: np.maximum(1 - t * z, 0)),
    "huber": (real, lambda z, t: np.where(abs(z - t) <= 1, (z - t) ** 2 / 2, abs(z - t) - 0.5)),
    "log_cosh": (real, lambda z, t: np.log(np.cosh(z - t))),
    "mae": (real, lambda z, t: abs(z - t)),
    "mse": (real, lambda z, t: (z - t) ** 2),
    "poisson": (lambda rng, shape: rng.poisson(2.0, shape).astype(float), lambda z, t: np.exp(z) - t * z),
    "quantile": (real, lambda z, t: abs(z - t) / 2),
}


def of(table: dict[str, Any], name: str) -> Any:
    """Return the entry of a part."""
    if name not in table:
        raise LookupError(f"{name} is a new part: add it to {__name__}, so that its benchmark is checked.")
    return table[name]


def rules() -> dict[str, Any]:
    """Return the update rules of the tests: name -> rule(parameters, gradients, **hyperparameters)."""
    spec = importlib.util.spec_from_file_location("reference_rules", FOLDER.parent / "tests" / "reference_rules.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RULES
