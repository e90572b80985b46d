"""The compiled kernels as functions of NumPy arrays of float32 and float64.

A ``name`` is a string such as "leaky_relu" or "leaky_relu:slope=0.1", or a part. All functions raise UsageError if a
name, a parameter or its value is not allowed, and DataError if an array is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cpu import calls
from fastnn.cpu.multiply import multiply, multiply_any
from fastnn.errors import DataError, UsageError
from fastnn.limits import Integer, refusal
from fastnn.ops.arguments import bound_part, check_product, is_sum, loss_arguments, real_numbers, shape_of_product
from fastnn.ops.optimizer_state import OptimizerState
from fastnn.parts.initialization import initial_values
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve

__all__ = [
    "activation", "activation_derivative", "initialize", "loss", "loss_gradient", "matmul", "optimizer",
]  # fmt: skip


def matmul(
    a: np.ndarray,
    b: np.ndarray,
    *,
    bias: np.ndarray | None = None,
    activation: Any = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return activation(a . b + bias), an (m, n) array; ``out`` if it is given.

    Parameters
    ----------
    a, b : (m, k) and (k, n) arrays of one dtype, float32 or float64, with any strides.
    bias : (n,) array of that dtype, or None.
    activation : name of an activation, or None.
    transpose_a, transpose_b : whether to use a.T in place of a, b.T in place of b. Default: False.
    out : C-contiguous (m, n) array for the result, separate from the other arrays. Default: a new array.

    Raises
    ------
    DataError : if shapes, dtypes or memory layouts do not match.

    Examples
    --------
    >>> from fastnn import ops
    >>> a, b = ops.initialize("constant", (1, 2), value=3.0), ops.initialize("ones", (2, 2))
    >>> ops.matmul(a, b)
    array([[6., 6.]])
    """
    bound = None if activation is None else resolve("activation", activation)  # before anything is written
    if transpose_a and isinstance(a, np.ndarray):
        a = a.T
    if transpose_b and isinstance(b, np.ndarray):
        b = b.T
    if out is None:
        out = np.empty(shape_of_product(a, b), a.dtype)
    if not multiply(a, b, bias, out):
        check_product(a, b, bias, out)
        multiply_any(a, b, bias, out)
    if bound is not None:
        calls.activation(bound, out, out)
    return out


def activation(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """Return f(x) for an activation f: an array of float32 if x is float32, else of float64, with the shape of x.

    Parameters
    ----------
    name : name of the activation.
    x : numbers of any shape. Row-wise activations are applied along the last axis.
    parameters : of the activation, such as slope=0.1. Default: those in ``name``.

    Examples
    --------
    >>> from fastnn import ops
    >>> ops.activation("leaky_relu", [-2.0, 3.0], slope=0.1)
    array([-0.2,  3. ])
    >>> ops.activation_derivative("leaky_relu", [-2.0, 3.0], slope=0.1)
    array([0.1, 1. ])
    """
    x, bound = real_numbers(x, "x"), bound_part("activation", name, parameters)
    if bound.part.rowwise and not x.ndim:
        raise DataError(f"The activation {bound.name!r} works on rows: x must have at least one axis.")
    y = np.empty(x.shape, x.dtype)
    calls.activation(bound, x, y)
    return y


def activation_derivative(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """Return f'(x) for an elementwise activation f: an array like that of :func:`activation`.

    Parameters
    ----------
    name : name of the activation.
    x : numbers of any shape.
    parameters : of the activation, such as slope=0.1. Default: those in ``name``.

    Raises
    ------
    UsageError : if the activation is row-wise, such as softmax: its derivative is a matrix.
    """
    bound = bound_part("activation", name, parameters)
    if bound.part.rowwise:
        raise UsageError(f"The activation {bound.name!r} works on whole rows: it has no elementwise derivative.")
    x = real_numbers(x, "x")
    y, derivative = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    calls.activation(bound, x, y, derivative)
    return derivative


def loss(name: Any, prediction: Any, target: Any, *, reduction: str = "mean", **parameters: Any) -> float:
    """Return the loss of predictions, a float.

    Parameters
    ----------
    name : name of the loss.
    prediction : numbers of shape (samples, outputs), in the form that the loss expects, such as logits.
    target : numbers of the same shape; class numbers of shape (samples,) for a loss with classes.
    reduction : "mean" over all elements (over rows for a row-wise loss), or "sum". Default: "mean".
    parameters : of the loss, such as delta=2.0. Default: those in ``name``.

    Examples
    --------
    >>> from fastnn import ops
    >>> ops.loss("mse", [1.0, 2.0], [1.0, 4.0]), ops.loss("mse", [1.0, 2.0], [1.0, 4.0], reduction="sum")
    (2.0, 4.0)
    >>> ops.loss_gradient("mse", [1.0, 2.0], [1.0, 4.0])
    array([ 0., -2.])
    """
    bound = bound_part("loss", name, parameters)
    losses, elements, _ = _losses(bound, prediction, target, with_gradient=False)
    total = float(np.sum(losses, dtype=np.float64))
    return total if is_sum(reduction) else total / max(1, elements)


def loss_gradient(name: Any, prediction: Any, target: Any, *, reduction: str = "mean", **parameters: Any) -> np.ndarray:
    """Return dL/dprediction, an array of the shape of the prediction.

    Parameters
    ----------
    name : name of the loss.
    prediction : numbers of shape (samples, outputs), in the form that the loss expects, such as logits.
    target : numbers of the same shape; class numbers of shape (samples,) for a loss with classes.
    reduction : "mean" over all elements (over rows for a row-wise loss), or "sum". Default: "mean".
    parameters : of the loss, such as delta=2.0. Default: those in ``name``.
    """
    bound = bound_part("loss", name, parameters)
    _, elements, gradient = _losses(bound, prediction, target, with_gradient=True)
    return gradient if is_sum(reduction) else gradient / gradient.dtype.type(max(1, elements))


def initialize(name: Any, shape: tuple[int, ...], seed: int = 0, **parameters: Any) -> np.ndarray:
    """Return a float64 array of initial values.

    Parameters
    ----------
    name : name of the initializer.
    shape : of the result, such as (fan_in, fan_out) for weights.
    seed : integer >= 0. Default: 0.
    parameters : of the initializer, such as gain=2.0. Default: those in ``name``.

    Examples
    --------
    >>> from fastnn import ops
    >>> ops.initialize("constant", (3,), value=0.5)
    array([0.5, 0.5, 0.5])
    """
    bound = bound_part("initializer", name, parameters)
    if not isinstance(shape, (tuple, list)) or not shape:
        raise refusal(shape, "shape", "a tuple such as (fan_in, fan_out)")
    shape = tuple(Integer(at_least=1)(size, "shape") for size in shape)
    rng = np.random.default_rng(Integer(at_least=0)(seed, "seed"))
    return initial_values(bound, rng, shape, shape[0], shape[-1])


def optimizer(name: Any, **hyper: Any) -> OptimizerState:
    """Return an optimizer. Its ``step(parameters, gradients)`` updates the parameters in place.

    Parameters
    ----------
    name : name of the optimizer.
    hyper : hyperparameters, such as lr=0.1. Default: those in ``name``.

    Examples
    --------
    >>> from fastnn import ops
    >>> parameters, gradients = ops.initialize("zeros", (3,)), ops.initialize("ones", (3,))
    >>> ops.optimizer("sgd", lr=0.5).step(parameters, gradients)
    >>> parameters
    array([-0.5, -0.5, -0.5])
    """
    return OptimizerState(bound_part("optimizer", name, hyper))


def _losses(bound: Bound, prediction: Any, target: Any, with_gradient: bool):
    """Return (losses, the number of elements that their mean is taken over, the gradient of their sum or None)."""
    z, rows, y = loss_arguments(bound, prediction, target)
    gradient = np.zeros(z.shape, z.dtype) if with_gradient else None
    losses = calls.losses(bound, rows, y, gradient)
    return losses, len(rows) if bound.part.rowwise else rows.size, gradient
