"""fastnn.gradients: the backward pass, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fastnn import ops
from fastnn.checks import array, matrix, require_resolved
from fastnn.device import program
from fastnn.errors import DataError, UsageError
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs, prepare
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan


class LayerGradients(NamedTuple):
    """The gradients of the loss L in one layer, Y = f(Z) with Z = X . W + b.

    Attributes
    ----------
    dW : np.ndarray of shape (fan_in, fan_out)
        dL/dW.
    db : np.ndarray of shape (fan_out,)
        dL/db.
    dZ : np.ndarray of shape (samples, fan_out)
        dL/dZ.
    dX : np.ndarray of shape (samples, fan_in)
        dL/dX.
    activation : dict of str to float
        dL/dp for each trainable parameter p of the activation f.
    """

    dW: np.ndarray
    db: np.ndarray
    dZ: np.ndarray
    dX: np.ndarray
    activation: dict[str, float]


@dataclass(frozen=True)
class Gradients:
    """The loss, and the gradients in every layer, first layer first."""

    loss: float
    layers: list[LayerGradients]


def gradients(net: Network, X: Any, y: Any, loss: Any = "mse", device: str = "cpu") -> Gradients:
    """Compute the gradients of the loss in every layer, with the same code as training.

    All samples are one batch. There are no penalties and no dropout.

    Parameters
    ----------
    net : Network
        The network.
    X : array_like of shape (samples, inputs)
        Inputs.
    y : array_like of shape (samples,) or (samples, outputs)
        Targets, as the loss takes them. X and y are checked as by :func:`train`.
    loss : str or Loss, default "mse"
        The loss.
    device : {"cpu", "auto", "cuda", "cuda:N"}, default "cpu"
        Where to compute. "cuda:1" is the NVIDIA GPU with the number 1, "auto" the CPU.

    Returns
    -------
    Gradients
        The loss, and for every layer dL/dW, dL/db, dL/dZ, dL/dX and the gradients of its activation's parameters.

    Raises
    ------
    UsageError
        If ``net`` is not a network, the loss does not exist, or the output layer does not suit it.
    DataError
        If X or y do not fit the network or the loss.
    DeviceError
        If the device cannot be used.

    Examples
    --------
    >>> import fastnn
    >>> net = fastnn.Network([2, 1], initializer="ones")
    >>> found = fastnn.gradients(net, [[1, 2]], [5])
    >>> found.loss
    4.0
    >>> found.layers[0].dW
    array([[-4.],
           [-8.]], dtype=float32)
    """
    if not isinstance(net, Network):
        raise UsageError(f"net is a {type(net).__name__}: it must be a fastnn.Network.")
    bound = resolve("loss", loss)
    check_outputs(net.plan, bound)
    plan = training_plan(net.plan, loss=bound)
    given = array(X, "X")
    X = matrix(given, net.dtype, plan.inputs, "X")
    require_resolved(given, X, "X")
    targets = prepare(y, bound, plan, len(X))
    if not len(X):
        raise DataError("X holds no samples, so the loss is not defined.")
    with program(plan, net.parameters, device, threads=1) as prepared:
        value, flat, deltas = prepared.gradients(X, targets)
    views = plan.views(flat)
    layers = []
    for dense, activate, dZ in zip(plan.dense, plan.activations, deltas, strict=True):
        names = activate.activation.part.trainable
        trainable = flat[:0] if activate.parameters is None else views[activate.parameters]
        dX = ops.matmul(dZ, net.plan.views(net.parameters)[dense.weights], transpose_b=True)
        own = {n: float(g) for n, g in zip(names, trainable, strict=True)}
        layers.append(LayerGradients(views[dense.weights], views[dense.bias], dZ, dX, own))
    return Gradients(value, layers)
