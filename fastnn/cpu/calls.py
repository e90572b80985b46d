"""The kernels of the parts as functions of NumPy arrays, for those who want only those."""

from __future__ import annotations

import ctypes
import functools

import numpy as np

from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.errors import DataError
from fastnn.parts import Bound
from fastnn.plan import aligned_zeros

_POINTER, _WHOLE = ctypes.c_void_p, ctypes.c_ssize_t
_C_REALS = {"float32": ctypes.c_float, "float64": ctypes.c_double}


@functools.lru_cache(maxsize=1024)
def _function(address: int, kinds: tuple[type, ...]):
    return ctypes.CFUNCTYPE(None, *kinds)(address)


def _call(address: int, *arguments: tuple[type, object]) -> None:
    """Call a kernel: a C function that returns nothing, with (C type, value) arguments; arrays by their address."""
    function = _function(address, tuple(kind for kind, _ in arguments))
    function(*(a.ctypes.data if isinstance(a, np.ndarray) else a for _, a in arguments))


def activation(bound: Bound, y: np.ndarray, derivative: np.ndarray | None) -> None:
    """y = f(y) in place, and derivative = f'(y); C-contiguous, of one shape and dtype."""
    if not y.size:
        return
    dtype = y.dtype.name
    if bound.part.rowwise:
        constants = _numbers(bound.numbers.values(), dtype)
        columns = y.shape[-1]
        _call(
            row_activation_kernel(bound, dtype).address, (_POINTER, y.copy()), (_POINTER, y),
            (_WHOLE, y.size // columns), (_WHOLE, columns), (_POINTER, constants),
        )  # fmt: skip
        return
    learnt = bound.part.trainable
    trainables = _numbers([bound.values[n] for n in learnt], dtype)
    constants = _numbers([v for n, v in bound.numbers.items() if n not in learnt], dtype)
    planes = np.empty(len(learnt) * y.size if derivative is not None else 0, dtype)
    _call(
        activation_kernel(bound, dtype).address, (_POINTER, y), (_POINTER, derivative), (_POINTER, planes),
        (_WHOLE, y.size), (_WHOLE, y.size), (_POINTER, trainables), (_POINTER, constants),
    )  # fmt: skip


def losses(bound: Bound, z: np.ndarray, y: np.ndarray, gradient: np.ndarray | None) -> np.ndarray:
    """The loss of every row of z (rows, columns); ``gradient`` gets dl/dz."""
    rows, columns = z.shape
    dtype = z.dtype.name
    result = np.zeros(rows, dtype)
    if z.size:
        constants = _numbers(bound.numbers.values(), dtype)
        _call(
            loss_kernel(bound, dtype).address, (_POINTER, z), (_POINTER, y), (_POINTER, gradient),
            (_POINTER, np.empty_like(z)), (_POINTER, result), (_WHOLE, rows), (_WHOLE, columns),
            (_C_REALS[dtype], 1.0), (_POINTER, constants),
        )  # fmt: skip
    return result


class Update:
    """An optimizer's kernel with its state, for ``size`` parameters."""

    def __init__(self, bound: Bound, size: int, dtype: str):
        unit, scalars, count = formulas(bound, dtype)
        self._kernel, self._scalars_kernel = (
            update_kernel(bound, unit, count, dtype), scalars_kernel(bound, scalars, count, dtype),
        )  # fmt: skip
        self.steps = 0
        self._size = size
        self._planes = aligned_zeros(len(unit.state) * size, dtype)
        self.state: dict[str, np.ndarray] = {}
        for number, name in enumerate(unit.state):
            self.state[name] = self._planes[number * size : (number + 1) * size]
            self.state[name][:] = bound.part.state[name]
        self._held = [_numbers(bound.numbers.values(), d) for d in ("float64", dtype)] + [np.zeros(count + 1, dtype)]
        hyper64, hyper, step_scalars = (array.ctypes.data for array in self._held)
        self._scalar_places = (hyper64, step_scalars)
        self._places = (self._planes.ctypes.data, size, size, 1.0, hyper, step_scalars)
        kinds = (_POINTER, _POINTER, _POINTER, _WHOLE, _WHOLE, _C_REALS[dtype], _POINTER, _POINTER)
        self._update = _function(self._kernel.address, kinds)
        if self._scalars_kernel is not None:
            self._scalars = _function(self._scalars_kernel.address, (ctypes.c_int64, _POINTER, _POINTER))

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """One update of flat parameters, in place. Raises DataError for another size or dtype."""
        if parameters.size != self._size or parameters.dtype != self._planes.dtype:
            raise DataError(
                f"step: this optimizer holds the state of {self._planes.dtype}({self._size},) parameters, not "
                f"{parameters.dtype}({parameters.size},)."
            )
        self.steps += 1
        if self._scalars_kernel is not None:
            self._scalars(self.steps, *self._scalar_places)
        self._update(parameters.ctypes.data, gradients.ctypes.data, *self._places)


def _numbers(values, dtype: str) -> np.ndarray:
    return np.array([*values, 0.0], dtype)  # never empty: an address is always valid
