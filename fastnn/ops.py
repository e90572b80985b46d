"""The kernels alone, on NumPy arrays of float32 and float64."""

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
    """activation(a . b + bias), or with a or b transposed; a (m, k), b (k, n), bias (n,), result (m, n).

    a and b have the same dtype, float32 or float64, and any strides. out: where the result goes; it must not
    overlap with a, b or bias. Raises DataError where shapes or dtypes do not fit.
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
    """f(x) of the activation with that name; any shape. Row-wise activations work along the last axis."""
    x, bound = _numbers(x, "x"), _bound("activation", name, parameters)
    if bound.part.rowwise and not x.ndim:
        raise DataError(f"The activation {bound.name!r} works on rows: x must have at least one axis.")
    y = np.empty(x.shape, x.dtype)
    calls.activation(bound, x, y)
    return y


def activation_derivative(name: Any, x: Any, **parameters: Any) -> np.ndarray:
    """f'(x) elementwise; any shape. UsageError for a row-wise activation, whose derivative is a matrix."""
    bound = _bound("activation", name, parameters)
    if bound.part.rowwise:
        raise UsageError(f"The activation {bound.name!r} works on whole rows: it has no elementwise derivative.")
    x = _numbers(x, "x")
    y, derivative = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    calls.activation(bound, x, y, derivative)
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
    bound = _bound("initializer", name, parameters)
    if not isinstance(shape, (tuple, list)) or not shape:
        raise refusal(shape, "shape", "a tuple such as (fan_in, fan_out)")
    shape = tuple(Integer(at_least=1)(size, "shape") for size in shape)
    rng = np.random.default_rng(Integer(at_least=0)(seed, "seed"))
    return initial_values(bound, rng, shape, shape[0], shape[-1])


def optimizer(name: Any, **hyper: Any) -> OptimizerState:
    """An optimizer for flat arrays: ``opt.step(parameters, gradients)`` updates the parameters in place."""
    return OptimizerState(_bound("optimizer", name, hyper))


class OptimizerState:
    """An optimizer with its state; the state takes size and dtype of the parameters of the first step."""

    def __init__(self, bound: Bound):
        self.bound = bound
        self._update: calls.Update | None = None

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """One update of ``parameters`` (C-contiguous, float32 or float64), in place.

        Raises DataError where the arrays do not fit each other, or not the state.
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
    """Of a . b. DataError where there is no such product."""
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
    """A column of n numbers is n numbers."""
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
