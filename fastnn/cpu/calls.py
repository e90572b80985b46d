"""The kernels of the parts as functions of NumPy arrays, for those who want only those.

Kernels take addresses. A compiled function reads them from the arrays' headers, many times as fast as Python would.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import float32, float64, int32, int64, types

from fastnn.buffers import aligned_zeros, between_planes
from fastnn.cpu.compiled import compiled
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel
from fastnn.cpu.header import HEADER, entry
from fastnn.cpu.kernel import REALS
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.native import call
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.errors import DataError
from fastnn.kernels.pointers import at_address, load, store
from fastnn.parts.kinds import Bound

BLOCK = 2048  # numbers that are copied before the kernel works on them: they stay in the first-level cache
LINE, LONG = 64, 256  # bytes of a cache line; parameters from which on an update begins its vectors with one
MOST = 256  # prepared kernels that are remembered


def activation(bound: Bound, x: np.ndarray, y: np.ndarray, derivative: np.ndarray | None = None) -> None:
    """y = f(x), and derivative = f'(x); C-contiguous, of one shape and dtype. y may be x itself."""
    if not y.size:
        return
    x, y = np.asarray(x), np.asarray(y)  # a header is read of no subclass
    tool, trainables, constants = _prepared(bound, y.dtype, _activation)
    if bound.part.rowwise:
        shape = (-1, y.shape[-1])
        _row_activation_entry()(
            tool, (x.copy() if np.may_share_memory(x, y) else x).reshape(shape), y.reshape(shape), constants
        )
        return
    planes = None
    if derivative is not None:
        planes = np.empty((len(trainables) - 1) * y.size, y.dtype)
        derivative = derivative.reshape(-1)
    _activation_entry()(tool, x.reshape(-1), y.reshape(-1), derivative, planes, trainables, constants)


def losses(bound: Bound, z: np.ndarray, y: np.ndarray, gradient: np.ndarray | None) -> np.ndarray:
    """The loss of every row of z (rows, columns); ``gradient``, of as many numbers, gets dl/dz."""
    result = np.zeros(len(z), z.dtype)
    if z.size:
        tool, constants = _prepared(bound, z.dtype, _loss)
        work, flat = np.empty(z.size, z.dtype), None if gradient is None else gradient.reshape(-1)
        _losses_entry(z.dtype.char)(tool, z, y, flat, work, result, constants)
    return result


class Update:
    """An optimizer's kernel with its state, for parameters as many as these, and best for these."""

    def __init__(self, bound: Bound, parameters: np.ndarray):
        size, dtype = parameters.size, parameters.dtype.name
        unit, scalars, count = formulas(bound, dtype)
        self._kernels = update_kernel(bound, unit, count, dtype), scalars_kernel(bound, scalars, count, dtype)
        self.steps = 0
        self._size = size
        stride = between_planes(size, dtype)
        self._planes = aligned_zeros(len(unit.state) * stride, dtype, like=parameters.ctypes.data)
        self.state: dict[str, np.ndarray] = {}
        for number, name in enumerate(unit.state):
            self.state[name] = self._planes[number * stride :][:size]
            self.state[name][:] = bound.part.state[name]
        self._tool = _addresses(*self._kernels, stride, parameters.itemsize)
        numbers = bound.numbers.values()
        self._held = self._planes, _numbers(numbers, "float64"), _numbers(numbers, dtype), np.zeros(count + 1, dtype)
        self._entry = _update_entry(np.dtype(dtype).char)

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """One update of flat parameters, in place. Raises DataError for another size or dtype."""
        if parameters.size != self._size or parameters.dtype != self._planes.dtype:
            raise DataError(
                f"step: this optimizer holds the state of {self._planes.dtype}({self._size},) parameters, not "
                f"{parameters.dtype}({parameters.size},)."
            )
        parameters, gradients = np.asarray(parameters), np.asarray(gradients)  # a header is read of no subclass
        self.steps += 1
        self._entry(self._tool, self.steps, parameters, gradients, *self._held)


_PREPARED: dict[tuple[int, str], tuple[Bound, tuple]] = {}


def _prepared(bound: Bound, dtype: np.dtype, prepare: Callable[[Bound, str], tuple]) -> tuple:
    """The arrays that go with this part and these values, which need not be made for each call."""
    place = id(bound), dtype.char
    if place not in _PREPARED:
        if len(_PREPARED) >= MOST:
            _PREPARED.clear()
        _PREPARED[place] = bound, prepare(bound, dtype.name)  # with the part, so that its id is not used again
    return _PREPARED[place][1]


def _activation(bound: Bound, dtype: str) -> tuple[np.ndarray, ...]:
    make = row_activation_kernel if bound.part.rowwise else activation_kernel
    learnt = bound.part.trainable
    trainables = _numbers([bound.values[n] for n in learnt], dtype)
    constants = _numbers([v for n, v in bound.numbers.items() if n not in learnt], dtype)
    return _addresses(make(bound, dtype), np.dtype(dtype).itemsize), trainables, constants


def _loss(bound: Bound, dtype: str) -> tuple[np.ndarray, ...]:
    return _addresses(loss_kernel(bound, dtype)), _numbers(bound.numbers.values(), dtype)


def _numbers(values: Iterable[float], dtype: str) -> np.ndarray:
    return np.array([*values, 0.0], dtype)  # never empty: an address is always valid


def _addresses(*of: Any) -> np.ndarray:
    """Kernels by their address (None: 0), and whole numbers, as compiled code reads them."""
    return np.array([x if isinstance(x, int) else x.address if x is not None else 0 for x in of], np.int64)


@functools.cache
def _activation_entry() -> Callable:
    @compiled(types.void(*[HEADER] * 7), key="activation of arrays")
    def activate(tool, x, y, d, e, trainables, constants):
        numbers = at_address(int64, tool.data)
        kernel, size, n = load(numbers, 0), load(numbers, 1), y.columns
        for first in range(0, n, BLOCK):
            count, begin = min(BLOCK, n - first), first * size
            if x.data != y.data:
                source, target = at_address(int32, x.data + begin), at_address(int32, y.data + begin)
                for k in range(count * size // 4):
                    store(target, k, load(source, k))
            call(kernel, (
                at_address(float32, y.data + begin), at_address(float32, 0 if d.data == 0 else d.data + begin),
                at_address(float32, e.data + begin), count, n,
                at_address(float32, trainables.data), at_address(float32, constants.data),
            ))  # fmt: skip

    return entry(activate)


@functools.cache
def _row_activation_entry() -> Callable:
    @compiled(types.void(*[HEADER] * 4), key="activation of rows")
    def activate(tool, x, y, constants):
        numbers = at_address(float32, constants.data)
        kernel = load(at_address(int64, tool.data), 0)
        call(kernel, (at_address(float32, x.data), at_address(float32, y.data), x.rows, x.columns, numbers))

    return entry(activate)


@functools.cache
def _losses_entry(char: str) -> Callable:
    real = REALS[np.dtype(char).name]

    @compiled(types.void(*[HEADER] * 7), key=f"losses of arrays {real}")
    def losses(tool, z, y, dz, work, result, constants):
        call(load(at_address(int64, tool.data), 0), (
            at_address(real, z.data), at_address(real, y.data), at_address(real, dz.data),
            at_address(real, work.data), at_address(real, result.data), z.rows, z.columns, real(1),
            at_address(real, constants.data),
        ))  # fmt: skip

    return entry(losses)


@functools.cache
def _update_entry(char: str) -> Callable:
    real = REALS[np.dtype(char).name]

    @compiled(types.void(HEADER, types.int64, *[HEADER] * 6), key=f"update of arrays {real}")
    def update(tool, t, p, g, state, hyper64, hyper, scalars):
        numbers, own = at_address(int64, tool.data), at_address(real, scalars.data)
        kernel, per_step, stride, size = load(numbers, 0), load(numbers, 1), load(numbers, 2), load(numbers, 3)
        if per_step != 0:
            call(per_step, (t, at_address(float64, hyper64.data), own))
        n = p.columns
        head = 0 if n < LONG else (-p.data % LINE) // size  # from there on vectors begin with cache lines
        for first, end in ((0, head), (head, n)):
            begin = first * size
            call(kernel, (
                at_address(real, p.data + begin), at_address(real, g.data + begin),
                at_address(real, state.data + begin), stride, end - first,
                real(1), at_address(real, hyper.data), own,
            ))  # fmt: skip

    return entry(update)
