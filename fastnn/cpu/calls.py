"""The kernels as functions of NumPy arrays, for those who want only those."""

from __future__ import annotations

import ctypes
import functools
import threading

import numpy as np
from numba import njit, types

from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel
from fastnn.cpu.kernel import REALS
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.matmul import SCRATCH, split
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.cpu.pointers import address, call, null, pointer
from fastnn.cpu.products import product_kernel
from fastnn.errors import DataError
from fastnn.parts import Bound
from fastnn.plan import aligned_zeros


class _Products(threading.local):
    """The compiled product of each dtype, with scratch of the calling thread's own."""

    def __init__(self) -> None:
        self.found: dict[np.dtype, tuple] = {}

    def of(self, dtype: np.dtype) -> tuple:
        if dtype not in self.found:
            if dtype not in (np.float32, np.float64):
                raise DataError(f"matmul takes arrays of float32 or float64, not of {dtype}.")
            name = dtype.name
            kernel = product_kernel(name).address
            self.found[dtype] = (_compiled_product(name), kernel, np.zeros(0, name), aligned_zeros(SCRATCH, name))
        return self.found[dtype]


_PRODUCTS = _Products()
INT = types.intp
DONE, AWKWARD, OVERLAPS = 0, 1, 2  # what became of a product


@functools.cache
def _compiled_product(dtype: str):
    real = REALS[dtype]
    matrix = types.Array(real, 2, "A", readonly=True)
    vector = types.Array(real, 1, "C", readonly=True)

    @compiled(types.intp(INT, matrix, matrix, vector, types.Array(real, 2, "C"), types.Array(real, 1, "C")), key="call")
    def multiply(kernel, a, b, bias, out, scratch):
        M, K, N = a.shape[0], a.shape[1], b.shape[1]
        size = a.itemsize
        if (a.strides[0] | a.strides[1] | b.strides[0] | b.strides[1]) % size != 0:
            return AWKWARD
        if b.size > 0 and b.strides[0] != size and b.strides[1] != size:
            return AWKWARD
        if meet_in_memory(a, out) or meet_in_memory(b, out) or meet_in_memory(bias, out):
            return OVERLAPS
        c = pointer(out)
        start = pointer(bias) if bias.size > 0 else null(c)
        _, panels, tiles = split(M, N, c)
        call(kernel, (
            0, panels * tiles, M, N, K, pointer(a), a.strides[0] // size, a.strides[1] // size, pointer(b),
            b.strides[0] // size, b.strides[1] // size, c, N, start, 0, pointer(scratch),
        ))  # fmt: skip
        return DONE

    multiply.disable_compile()  # one version takes arrays of every layout
    return multiply


@njit(**INNER)
def meet_in_memory(a, b):
    """Whether two arrays have a byte in common, or lie between each other's."""
    if a.size == 0 or b.size == 0:
        return False
    a_low, a_high = extent(a)
    b_low, b_high = extent(b)
    return a_low < b_high and b_low < a_high


@njit(**INNER)
def extent(a):
    """The addresses of an array's first byte, and behind its last."""
    low = high = address(pointer(a))
    for axis in range(a.ndim):
        reach = (a.shape[axis] - 1) * a.strides[axis]
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + a.itemsize


def matmul(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """out = a . b + bias. Operands are copied where the product cannot take their strides.

    Raises DataError for other dtypes than float32 and float64, and where ``out`` overlaps with an operand.
    """
    multiply, kernel, nothing, scratch = _PRODUCTS.found.get(a.dtype) or _PRODUCTS.of(a.dtype)
    start = nothing if bias is None else bias
    try:
        became = multiply(kernel, a, b, start, out, scratch)
    except TypeError:  # an array that is not aligned, or a bias with gaps
        became = AWKWARD
    if became == AWKWARD:
        became = multiply(kernel, np.array(a, order="C"), np.array(b, order="C"), np.array(start), out, scratch)
    if became == OVERLAPS:
        raise DataError("matmul: out overlaps with an operand, which would be overwritten while it is read.")


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
