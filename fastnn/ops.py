"""The kernels alone, on NumPy arrays of float32 and float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cpu import calls
from fastnn.errors import DataError, UsageError
from fastnn.initialization import initial_values
from fastnn.parts import Bound
from fastnn.registry import resolve

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
    """activation(a . b + bias), or with a or b transposed; a (m, k), b (k, n), bias (n,), result (m, n).

    a and b have the same dtype, float32 or float64, and any strides. out: where the result goes.
    Raises DataError where shapes or dtypes do not fit.
    """
    a = a.T if transpose_a else a
    b = b.T if transpose_b else b
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0] or a.dtype != b.dtype:
        raise DataError(f"matmul: {a.dtype}{a.shape} and {b.dtype}{b.shape} cannot be multiplied.")
    shape = (a.shape[0], b.shape[1])
    if out is None:
        out = np.empty(shape, a.dtype)
    elif out.shape != shape or out.dtype != a.dtype or not out.flags.c_contiguous:
        raise DataError(f"matmul: out must be C-contiguous {a.dtype}{shape}, not {out.dtype}{out.shape}.")
    if bias is not None and (bias.shape != (shape[1],) or bias.dtype != a.dtype):
        raise DataError(f"matmul: bias must be {a.dtype}({shape[1]},), not {bias.dtype}{bias.shape}.")
    calls.matmul(a, b, bias, out)
    if activation is not None:
        calls.activation(resolve("activation", activation), out, None)
    return out


def activation(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """f(x) of the activation with that name; any shape. Row-wise activations work along the last axis."""
    y = np.array(x, _dtype(x), order="C")
    calls.activation(_bound("activation", name, parameters), y, None)
    return y


def activation_derivative(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """f'(x) elementwise; any shape. UsageError for a row-wise activation, whose derivative is a matrix."""
    bound = _bound("activation", name, parameters)
    if bound.part.rowwise:
        raise UsageError(f"The activation {bound.name!r} works on whole rows: it has no elementwise derivative.")
    y = np.array(x, _dtype(x), order="C")
    derivative = np.empty_like(y)
    calls.activation(bound, y, derivative)
    return derivative


def loss(name: Any, prediction: Any, target: Any, *, reduction: str = "mean", **parameters: Any) -> float:
    """The loss of predictions (samples, outputs): the mean over elements (over rows for row-wise losses), or the sum.

    target: of the same shape; class numbers (samples,) for losses of classes.
    """
    bound = _bound("loss", name, parameters)
    losses, elements, _ = _losses(bound, prediction, target, False)
    total = float(np.sum(losses, dtype=np.float64))
    return total if _is_sum(reduction) else total / max(1, elements)


def loss_gradient(name: Any, prediction: Any, target: Any, *, reduction: str = "mean", **parameters: Any) -> np.ndarray:
    """dL/dprediction, in the shape of the prediction; see loss()."""
    bound = _bound("loss", name, parameters)
    _, elements, gradient = _losses(bound, prediction, target, True)
    return gradient if _is_sum(reduction) else gradient / gradient.dtype.type(max(1, elements))


def initialize(name: Any, shape: tuple[int, ...], seed: int = 0, **parameters: Any) -> np.ndarray:
    """Initial values of that shape, (fan_in, fan_out) for weights; float64."""
    fan_in, fan_out = (shape[0], shape[-1]) if len(shape) > 1 else (shape[0], shape[0])
    rng = np.random.default_rng(seed)
    return initial_values(_bound("initializer", name, parameters), rng, tuple(shape), fan_in, fan_out)


def optimizer(name: Any, **hyper: Any) -> OptimizerState:
    """An optimizer for flat arrays: ``opt.step(parameters, gradients)`` updates the parameters in place."""
    return OptimizerState(_bound("optimizer", name, hyper))


class OptimizerState:
    """An optimizer with its state; the state takes size and dtype of the parameters of the first step."""

    def __init__(self, bound: Bound):
        self.bound = bound
        self._update: calls.Update | None = None

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """One update of ``parameters`` (C-contiguous, float32 or float64), in place."""
        if parameters.shape != gradients.shape or parameters.dtype != gradients.dtype:
            raise DataError(
                f"step: parameters are {parameters.dtype}{parameters.shape}, "
                f"gradients {gradients.dtype}{gradients.shape}."
            )
        if not (parameters.flags.c_contiguous and gradients.flags.c_contiguous):
            raise DataError("step: parameters and gradients must be C-contiguous.")
        if self._update is None:
            self._update = calls.Update(self.bound, parameters.size, _dtype(parameters))
        self._update.step(parameters.reshape(-1), gradients.reshape(-1))


def _bound(kind: str, name: Any, parameters: dict[str, Any]) -> Bound:
    bound = resolve(kind, name)
    return bound.part(**{**bound.values, **parameters}) if parameters else bound


def _dtype(x: Any) -> str:
    name = np.asarray(x).dtype.name
    return name if name in ("float32", "float64") else "float64"


def _is_sum(reduction: str) -> bool:
    if reduction not in ("mean", "sum"):
        raise UsageError(f"reduction = {reduction!r} is not allowed: it must be 'mean' or 'sum'.")
    return reduction == "sum"


def _losses(bound: Bound, prediction: Any, target: Any, with_gradient: bool):
    given = np.asarray(prediction)
    dtype = _dtype(given)
    z = np.ascontiguousarray(given, dtype)
    rows = (
        z.reshape(-1, z.shape[-1]) if z.ndim > 1 else z.reshape(-1, 1) if not bound.part.rowwise else z.reshape(1, -1)
    )
    y = np.ascontiguousarray(target, dtype).reshape(-1)
    wanted = len(rows) if bound.part.target == "class" else rows.size
    if y.size != wanted:
        raise DataError(
            f"The target has {y.size} numbers; for predictions of shape {given.shape} it must have {wanted}."
        )
    if bound.part.target == "class" and y.size and not ((y >= 0) & (y < rows.shape[1]) & (y == np.floor(y))).all():
        raise DataError(f"Targets of the loss {bound.name!r} must be class numbers 0 ... {rows.shape[1] - 1}.")
    gradient = np.zeros_like(z) if with_gradient else None
    losses = calls.losses(bound, rows, y, gradient)
    return losses, len(rows) if bound.part.rowwise else rows.size, gradient
