"""The kernels as functions of NumPy arrays, for those who want only those."""

from __future__ import annotations

import ctypes
import functools

import numpy as np
from numba import types

from fastnn.cpu.compiled import compiled
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel
from fastnn.cpu.kernel import REALS
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.matmul import matmul as product
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.cpu.pointers import null, pointer
from fastnn.errors import DataError
from fastnn.parts import Bound
from fastnn.plan import aligned_zeros


@functools.cache
def _product(dtype: str):
    real = REALS[dtype]
    matrix = types.Array(real, 2, "A", readonly=True)
    vector = types.Array(real, 1, "C", readonly=True)

    @compiled(types.void(matrix, matrix, vector, types.Array(real, 2, "C"), types.Array(real, 1, "C")), key="call")
    def multiply(a, b, bias, out, scratch):
        M, K, N = a.shape[0], a.shape[1], b.shape[1]
        size = a.itemsize
        c = pointer(out)
        start = pointer(bias) if bias.size > 0 else null(c)
        product(
            M, N, K, pointer(a), a.strides[0] // size, a.strides[1] // size, pointer(b), b.strides[0] // size,
            b.strides[1] // size, c, N, start, 0, pointer(scratch),
        )  # fmt: skip

    return multiply, np.zeros(0, dtype), aligned_zeros(SCRATCH, dtype)


def matmul(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """out = a . b + bias. b must have unit stride along one axis; it is copied where it has none."""
    multiply, nothing, scratch = _product(a.dtype.name)
    if b.itemsize not in b.strides:
        b = np.ascontiguousarray(b)
    multiply(a, b, nothing if bias is None else bias, out, scratch)


_POINTER, _WHOLE = ctypes.c_void_p, ctypes.c_ssize_t
_C_REALS = {"float32": ctypes.c_float, "float64": ctypes.c_double}


def _call(address: int, *arguments: tuple[type, object]) -> None:
    """Call a kernel: a C function that returns nothing, with (C type, value) arguments; arrays by their address."""
    prototype = ctypes.CFUNCTYPE(None, *(kind for kind, _ in arguments))
    values = [a.ctypes.data if isinstance(a, np.ndarray) else a for _, a in arguments]
    prototype(address)(*values)


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
        self._kernel = update_kernel(bound, unit, count, dtype)
        self._scalars_kernel = scalars_kernel(bound, scalars, count, dtype)
        self._hyper64 = _numbers(bound.numbers.values(), "float64")
        self._hyper = _numbers(bound.numbers.values(), dtype)
        self._scalars = np.zeros(count + 1, dtype)
        self._real = _C_REALS[dtype]
        self.steps = 0
        self.state: dict[str, np.ndarray] = {}
        self._planes = aligned_zeros(len(unit.state) * size, dtype)
        for number, name in enumerate(unit.state):
            plane = self._planes[number * size : (number + 1) * size]
            plane[:] = bound.part.state[name]
            self.state[name] = plane
        self._size = size

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """One update of flat parameters, in place. Raises DataError for another size."""
        if parameters.size != self._size:
            raise DataError(f"step: this optimizer holds the state of {self._size} parameters, not {parameters.size}.")
        self.steps += 1
        if self._scalars_kernel is not None:
            _call(
                self._scalars_kernel.address, (ctypes.c_int64, self.steps), (_POINTER, self._hyper64),
                (_POINTER, self._scalars),
            )  # fmt: skip
        _call(
            self._kernel.address, (_POINTER, parameters), (_POINTER, gradients), (_POINTER, self._planes),
            (_WHOLE, self._size), (_WHOLE, self._size), (self._real, 1.0), (_POINTER, self._hyper),
            (_POINTER, self._scalars),
        )  # fmt: skip


def _numbers(values, dtype: str) -> np.ndarray:
    return np.array([*values, 0.0], dtype)  # never empty: an address is always valid
