"""The compiled kernels as functions of NumPy arrays of float32 and float64.

A ``name`` is a string such as "leaky_relu" or "leaky_relu:slope=0.1", or a part. All functions raise UsageError if a
name, a parameter or its value is not allowed, and DataError if an array is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.checks import has_masked, numbers
from fastnn.cpu import calls
from fastnn.cpu.multiply import multiply, multiply_any
from fastnn.errors import DataError, UsageError
from fastnn.limits import Integer, refusal
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
        out = np.empty(_shape_of_product(a, b), a.dtype)
    if not multiply(a, b, bias, out):
        _check(a, b, bias, out)
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
    x, bound = _numbers(x, "x"), _bound("activation", name, parameters)
    if bound.part.rowwise and not x.ndim:
        raise DataError(f"The activation {bound.name!r} works on rows: x must have at least one axis.")
    y = np.empty(x.shape, x.dtype)
    calls.activation(bound, x, y)
    return y


def activation_derivative(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """Return f'(x) for an elementwise activation f. Parameters and result are as for :func:`activation`.

    Raises
    ------
    UsageError : if the activation is row-wise, such as softmax: its derivative is a matrix.
    """
    bound = _bound("activation", name, parameters)
    if bound.part.rowwise:
        raise UsageError(f"The activation {bound.name!r} works on whole rows: it has no elementwise derivative.")
    x = _numbers(x, "x")
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
    bound = _bound("loss", name, parameters)
    losses, elements, _ = _losses(bound, prediction, target, False)
    total = float(np.sum(losses, dtype=np.float64))
    return total if _is_sum(reduction) else total / max(1, elements)


def loss_gradient(name: Any, prediction: Any, target: Any, *, reduction: str = "mean", **parameters: Any) -> np.ndarray:
    """Return dL/dprediction, an array of the shape of the prediction. Parameters are as for :func:`loss`."""
    bound = _bound("loss", name, parameters)
    _, elements, gradient = _losses(bound, prediction, target, True)
    return gradient if _is_sum(reduction) else gradient / gradient.dtype.type(max(1, elements))


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
    bound = _bound("initializer", name, parameters)
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
    return OptimizerState(_bound("optimizer", name, hyper))


class OptimizerState:
    """An optimizer with its state. The first step determines the size and the dtype of the state."""

    def __init__(self, bound: Bound):
        self.bound = bound
        self._update: calls.Update | None = None

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Update ``parameters``, a C-contiguous array of float32 or float64, in place.

        Raises DataError if the arrays do not match each other or the state.
        """
        both = type(parameters) is type(gradients) is np.ndarray
        if not both:
            both = isinstance(parameters, np.ndarray) and isinstance(gradients, np.ndarray)
            _refuse_masked("step", parameters=parameters, gradients=gradients)
        if not both or parameters.shape != gradients.shape or parameters.dtype != gradients.dtype:
            raise DataError(
                f"step: parameters are {_described(parameters)}, gradients {_described(gradients)}; "
                "both must be NumPy arrays of the same shape and dtype."
            )
        written, read = parameters.flags, gradients.flags
        if not (written.carray and read.c_contiguous and read.aligned):
            raise DataError(
                "step: parameters and gradients must be C-contiguous and aligned, and parameters writeable. Here "
                f"parameters are {_faults(written, ('c_contiguous', 'aligned', 'writeable'))}, "
                f"gradients {_faults(read, ('c_contiguous', 'aligned'))}."
            )
        if self._update is None:
            if parameters.dtype not in (np.float32, np.float64):
                raise DataError(f"step takes arrays of float32 or float64, not of {parameters.dtype}.")
            self._update = calls.Update(self.bound, parameters)
        self._update.step(parameters.reshape(-1), gradients.reshape(-1))


def _shape_of_product(a: Any, b: Any) -> tuple[int, int]:
    """Return the shape of a . b, or raise DataError if a and b cannot be multiplied."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        raise DataError(f"matmul: a and b must be NumPy arrays, not {type(a).__name__} and {type(b).__name__}.")
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0] or a.dtype != b.dtype:
        raise DataError(f"matmul: {_described(a)} and {_described(b)} cannot be multiplied.")
    return a.shape[0], b.shape[1]


def _check(a: Any, b: Any, bias: Any, out: Any) -> None:
    """Raise DataError if they are not the operands and the result of a product."""
    shape = _shape_of_product(a, b)
    _refuse_masked("matmul", a=a, b=b, bias=bias)
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != a.dtype or not out.flags.carray:
        wanted = f"{a.dtype}{shape}"
        raise DataError(f"matmul: out must be C-contiguous, writeable {wanted}, not {_described(out)}.")
    if bias is not None and (not isinstance(bias, np.ndarray) or bias.shape != shape[1:] or bias.dtype != a.dtype):
        raise DataError(f"matmul: bias must be {a.dtype}{shape[1:]}, not {_described(bias)}.")


def _refuse_masked(function: str, **arrays: Any) -> None:
    for name, x in arrays.items():
        if has_masked(x):
            raise DataError(f"{function}: {name} has masked values: replace them with {name}.filled(number).")


def _faults(flags: Any, needed: tuple[str, ...]) -> str:
    return " and ".join(f"not {name}" for name in needed if not getattr(flags, name)) or "in order"


def _bound(kind: str, name: Any, parameters: dict[str, Any]) -> Bound:
    return resolve(kind, name).changed(parameters)


def _described(x: Any) -> str:
    return f"{x.dtype}{x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def _numbers(x: Any, name: str) -> np.ndarray:
    """Return x as a C-ordered array: float32 stays, other numbers become float64. DataError for what is not numbers."""
    array = numbers(x, name)
    array = np.asarray(array, np.float32 if array.dtype.type is np.float32 else np.float64, order="C")
    return array if array.flags.aligned else array.copy()


def _is_sum(reduction: str) -> bool:
    if reduction not in ("mean", "sum"):
        raise refusal(reduction, "reduction", "'mean' or 'sum'")
    return reduction == "sum"


def _unit_axes_off(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape without axes of length 1: a column of n numbers counts as n numbers."""
    return tuple(size for size in shape if size != 1)


def _losses(bound: Bound, prediction: Any, target: Any, with_gradient: bool):
    z = _numbers(prediction, "prediction")
    if bound.part.rowwise and not (z.ndim and z.shape[-1]):
        raise DataError(f"The loss {bound.name!r} works on rows: predictions of shape {z.shape} have none.")
    rows = z.reshape(-1, z.shape[-1]) if bound.part.rowwise else z.reshape(-1, 1)
    y = _numbers(target, "target")
    wanted = z.shape[:-1] if bound.part.target == "class" else z.shape
    if _unit_axes_off(y.shape) != _unit_axes_off(wanted):
        raise DataError(f"The target has shape {y.shape}; for predictions of shape {z.shape} it must be {wanted}.")
    with np.errstate(over="ignore"):
        y = y.reshape(-1).astype(z.dtype)
    if bound.part.target == "class" and y.size and not ((y >= 0) & (y < rows.shape[1]) & (y == np.floor(y))).all():
        raise DataError(f"Targets of the loss {bound.name!r} must be class numbers 0 ... {rows.shape[1] - 1}.")
    gradient = np.zeros(z.shape, z.dtype) if with_gradient else None
    losses = calls.losses(bound, rows, y, gradient)
    return losses, len(rows) if bound.part.rowwise else rows.size, gradient
