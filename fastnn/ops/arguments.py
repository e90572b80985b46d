"""Checks of the arguments of the functions in fastnn.ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.checks import has_masked, numbers
from fastnn.errors import DataError
from fastnn.limits import refusal
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve


def shape_of_product(a: Any, b: Any) -> tuple[int, int]:
    """Return the shape of a . b, or raise DataError if a and b cannot be multiplied."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        raise DataError(f"matmul: a and b must be NumPy arrays, not {type(a).__name__} and {type(b).__name__}.")
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0] or a.dtype != b.dtype:
        raise DataError(f"matmul: {described(a)} and {described(b)} cannot be multiplied.")
    return a.shape[0], b.shape[1]


def check_product(a: Any, b: Any, bias: Any, out: Any) -> None:
    """Raise DataError if they are not the operands and the result of a product."""
    shape = shape_of_product(a, b)
    refuse_masked("matmul", a=a, b=b, bias=bias)
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != a.dtype or not out.flags.carray:
        wanted = f"{a.dtype}{shape}"
        raise DataError(f"matmul: out must be C-contiguous, writeable {wanted}, not {described(out)}.")
    if bias is not None and (not isinstance(bias, np.ndarray) or bias.shape != shape[1:] or bias.dtype != a.dtype):
        raise DataError(f"matmul: bias must be {a.dtype}{shape[1:]}, not {described(bias)}.")


def refuse_masked(function: str, **arrays: Any) -> None:
    for name, x in arrays.items():
        if has_masked(x):
            raise DataError(f"{function}: {name} has masked values: replace them with {name}.filled(number).")


def faults(flags: Any, needed: tuple[str, ...]) -> str:
    return " and ".join(f"not {name}" for name in needed if not getattr(flags, name)) or "in order"


def bound_part(kind: str, name: Any, parameters: dict[str, Any]) -> Bound:
    return resolve(kind, name).changed(parameters)


def described(x: Any) -> str:
    return f"{x.dtype}{x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def real_numbers(x: Any, name: str) -> np.ndarray:
    """Return x as a C-ordered array: float32 stays, other numbers become float64. DataError for what is not numbers."""
    array = numbers(x, name)
    array = np.asarray(array, np.float32 if array.dtype.type is np.float32 else np.float64, order="C")
    return array if array.flags.aligned else array.copy()


def is_sum(reduction: str) -> bool:
    if reduction not in ("mean", "sum"):
        raise refusal(reduction, "reduction", "'mean' or 'sum'")
    return reduction == "sum"


def _without_unit_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape without axes of length 1: a column of n numbers counts as n numbers."""
    return tuple(size for size in shape if size != 1)


def loss_arguments(bound: Bound, prediction: Any, target: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the predictions as they are shaped, as rows for the kernel, and the targets as a flat array."""
    z = real_numbers(prediction, "prediction")
    if bound.part.rowwise and not (z.ndim and z.shape[-1]):
        raise DataError(f"The loss {bound.name!r} works on rows: predictions of shape {z.shape} have none.")
    rows = z.reshape(-1, z.shape[-1]) if bound.part.rowwise else z.reshape(-1, 1)
    y = real_numbers(target, "target")
    wanted = z.shape[:-1] if bound.part.target == "class" else z.shape
    if _without_unit_axes(y.shape) != _without_unit_axes(wanted):
        raise DataError(f"The target has shape {y.shape}; for predictions of shape {z.shape} it must be {wanted}.")
    with np.errstate(over="ignore"):
        y = y.reshape(-1).astype(z.dtype)
    if bound.part.target == "class" and y.size and not ((y >= 0) & (y < rows.shape[1]) & (y == np.floor(y))).all():
        raise DataError(f"Targets of the loss {bound.name!r} must be class numbers 0 ... {rows.shape[1] - 1}.")
    return z, rows, y
