"""A part's compiled loops on the CPU, called with NumPy arrays."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel, row_backward_kernel
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.optimizer import update_kernel
from fastnn.kernels.optimizer import formulas
from fastnn.parts.kinds import Bound


def kernels(bound: Bound, dtype: str) -> list[Any]:
    """Return the compiled loops of an activation, a loss or an optimizer."""
    kind, rowwise = bound.part.kind, getattr(bound.part, "rowwise", False)
    if kind == "optimizer":
        unit, _, scalars = formulas(bound, dtype)
        return [update_kernel(bound, unit, scalars, dtype)]
    if kind == "loss":
        return [loss_kernel(bound, dtype)]
    made = [row_activation_kernel, row_backward_kernel] if rowwise else [activation_kernel]
    return [make(bound, dtype) for make in made]


def run(kernel: Any, *arguments: Any) -> None:
    """Call a kernel with C-contiguous arrays, numbers, and None for the null pointer."""
    prepared(kernel, *arguments)()


def prepared(kernel: Any, *arguments: Any) -> Callable[[], None]:
    """Return the call of a kernel with these arguments: see run(). Calling it takes about a microsecond."""
    function = kernel.ctypes
    given = []
    for argument, kind in zip(arguments, function.argtypes, strict=True):
        if isinstance(argument, np.ndarray):
            assert argument.flags.c_contiguous and argument.dtype == np.dtype(kind._type_)
            argument = argument.ctypes.data_as(ctypes.POINTER(kind._type_))  # keeps the array alive
        given.append(argument)
    return functools.partial(function, *given)


def numbers(values: Iterable[float], dtype: Any) -> np.ndarray:
    """Return parameters as a kernel takes them; never empty."""
    return np.array([*values, 0.0], dtype)


def run_activation(bound: Bound, x: np.ndarray, derivatives: bool = True) -> tuple[np.ndarray, ...]:
    """Return y, dy/dx, and dy/dparameter for each trainable parameter, a row each; y alone without ``derivatives``."""
    learnt = bound.part.trainable
    y, slope, planes = x.copy(), np.full_like(x, np.nan), np.full((len(learnt) + 1, x.size), np.nan, x.dtype)
    given = numbers((bound.values[n] for n in learnt), x.dtype)
    constants = numbers((v for n, v in bound.numbers.items() if n not in learnt), x.dtype)
    [kernel] = kernels(bound, x.dtype.name)
    run(kernel, y, slope if derivatives else None, planes, x.size, x.size, given, constants)
    return (y, slope, planes[:-1]) if derivatives else (y,)


def run_rows(bound: Bound, x: np.ndarray) -> np.ndarray:
    """Return a row-wise activation of every row of x."""
    y = np.full_like(x, np.nan)
    run(kernels(bound, x.dtype.name)[0], x, y, *x.shape, numbers(bound.numbers.values(), x.dtype))
    return y


def run_row_backward(bound: Bound, x: np.ndarray, y: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return each row of dL/dx, from the rows of x, y and dL/dy."""
    dx = np.full_like(x, np.nan)
    run(kernels(bound, x.dtype.name)[1], x, y, dy, dx, *x.shape, numbers(bound.numbers.values(), x.dtype))
    return dx


def run_loss(
    bound: Bound, z: np.ndarray, y: np.ndarray, scale: float = 1.0, gradient: bool = True
) -> tuple[np.ndarray, Any]:
    """Return the loss of every row of z, and ``scale`` times the gradient; None without ``gradient``."""
    losses, work = np.full(len(z), np.nan, z.dtype), np.empty_like(z)
    slope = np.full_like(z, np.nan) if gradient else None
    [kernel] = kernels(bound, z.dtype.name)
    run(kernel, z, y, slope, work, losses, *z.shape, scale, numbers(bound.numbers.values(), z.dtype))
    return losses, slope


def run_update(
    bound: Bound,
    p: np.ndarray,
    g: np.ndarray,
    state: np.ndarray,
    pieces: Sequence[tuple[int, int]],
    t: int = 1,
    factor: float = 1.0,
) -> None:
    """Make step t on the elements low:high of each piece, in place. state: (live states, n)."""
    dtype = p.dtype.name
    [kernel] = kernels(bound, dtype)
    hyper, scalars = numbers(bound.numbers.values(), dtype), numbers(bound.part.scalar_values(t, bound.values), dtype)
    for low, high in pieces:
        moved = state.reshape(-1)[low:]
        run(kernel, p[low:], g[low:], moved, p.size, high - low, factor, hyper, scalars)
