"""A network's passes laid open: every layer's values on the way forth and gradients on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fastnn import ops
from fastnn.checks import array, matrix
from fastnn.device import program
from fastnn.errors import DataError
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs, prepare
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan


class LayerGradients(NamedTuple):
    """Of a layer Y = f(Z), Z = X . W + b: dL/dW (fan_in, fan_out), dL/db (fan_out,), dL/dZ (samples, fan_out),
    dL/dX (samples, fan_in), and dL/dp for each trainable parameter p of f."""

    dW: np.ndarray
    db: np.ndarray
    dZ: np.ndarray
    dX: np.ndarray
    activation: dict[str, float]


@dataclass(frozen=True)
class Gradients:
    """The loss, and the gradients of every layer, first layer first."""

    loss: float
    layers: list[LayerGradients]


def gradients(net: Network, X: Any, y: Any, loss: Any = "mse") -> Gradients:
    """The loss of X (samples, inputs) and y, and by the chain rule its gradients in every layer.

    By the engine that trains, with all samples as one batch and without penalties or dropout.
    Raises UsageError or DataError where something does not fit.
    """
    bound = resolve("loss", loss)
    check_outputs(net.plan, bound)
    plan = training_plan(net.plan, loss=bound)
    X = matrix(X, net.dtype, plan.inputs, "X")
    targets = prepare(array(y, "y"), bound, plan, len(X))
    if not len(X):
        raise DataError("X holds no samples: the loss of nothing is not defined.")
    with program(plan, net.parameters, threads=1) as prepared:
        value, flat, deltas = prepared.gradients(X, targets)
    views = plan.views(flat)
    layers = []
    for dense, activate, dZ in zip(plan.dense, plan.activations, deltas, strict=True):
        names = activate.activation.part.trainable
        learnt = flat[:0] if activate.parameters is None else views[activate.parameters]
        dX = ops.matmul(dZ, net.plan.views(net.parameters)[dense.weights], transpose_b=True)
        own = {n: float(g) for n, g in zip(names, learnt, strict=True)}
        layers.append(LayerGradients(views[dense.weights], views[dense.bias], dZ, dX, own))
    return Gradients(value, layers)


def forward_layers(net: Network, X: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(before, after) its activation, for every layer; each (samples, fan_out)."""
    passed = []
    after = X
    layers = zip(net.weights, net.plan.activations, net.activation_parameters, strict=True)
    for (W, b), activate, learnt in layers:
        before = ops.matmul(after, W, bias=b)
        values = {**activate.activation.values, **{n: float(v) for n, v in learnt.items()}}
        after = ops.activation(activate.activation.part(**values), before)
        passed.append((before, after))
    return passed
