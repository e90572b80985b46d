"""NumPy entry points to the compiled kernels, used by :mod:`fastnn.ops`.

Kernels take addresses. Compiled functions read them from the headers of the arrays, many times faster than Python.
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
from fastnn.cpu.optimizer import optimizer_kernels
from fastnn.errors import DataError
from fastnn.kernels.optimizer import formulas
from fastnn.kernels.pointers import at_address, load, store
from fastnn.parts.kinds import Bound

BLOCK_SIZE = 2048  # elements that are copied before the kernel runs on them: they stay in the first-level cache
CACHE_LINE = 64  # bytes
MIN_ALIGNED_SIZE = 256  # parameters; from this size on, the vectors of an update start at cache lines
MAX_PREPARED = 256  # kernels with their constants that are kept


def activation(bound: Bound, x: np.ndarray, y: np.ndarray, derivative: np.ndarray | None = None) -> None:
    """Set y = f(x) and derivative = f'(x). All arrays are C-contiguous, with one shape and dtype. y may be x."""
    if not y.size:
        return
    x, y = np.asarray(x), np.asarray(y)  # headers of subclasses are not read
    kernel_words, trainables, constants = _prepared(bound, y.dtype, _activation)
    if bound.part.rowwise:
        shape = (-1, y.shape[-1])
        source = (x.copy() if np.may_share_memory(x, y) else x).reshape(shape)
        _row_activation_entry()(kernel_words, source, y.reshape(shape), constants)
        return
    planes = None
    if derivative is not None:
        planes = np.empty((len(trainables) - 1) * y.size, y.dtype)
        derivative = derivative.reshape(-1)
    _activation_entry()(kernel_words, x.reshape(-1), y.reshape(-1), derivative, planes, trainables, constants)


def losses(bound: Bound, z: np.ndarray, y: np.ndarray, gradient: np.ndarray | None) -> np.ndarray:
    """Return the loss of every row of z (rows, columns), and set gradient, an array of the same size, to dl/dz."""
    result = np.zeros(len(z), z.dtype)
    if z.size:
        kernel_words, constants = _prepared(bound, z.dtype, _loss)
        work, flat = np.empty(z.size, z.dtype), None if gradient is None else gradient.reshape(-1)
        _losses_entry(z.dtype.char)(kernel_words, z, y, flat, work, result, constants)
    return result


class Update:
    """An optimizer's kernel and state, for parameters of this size and dtype. Memory is laid out for this array."""

    def __init__(self, bound: Bound, parameters: np.ndarray):
        size, dtype = parameters.size, parameters.dtype.name
        unit, _, count = formulas(bound, dtype)
        self.steps = 0
        self._size = size
        stride = between_planes(size, dtype)
        self._planes = aligned_zeros(len(unit.state) * stride, dtype, like=parameters.ctypes.data)
        self.state: dict[str, np.ndarray] = {}
        for number, name in enumerate(unit.state):
            self.state[name] = self._planes[number * stride :][:size]
            self.state[name][:] = bound.part.state[name]
        self._kernel_words = _words(*optimizer_kernels(bound, dtype), stride, parameters.itemsize)
        numbers = bound.numbers.values()
        scalar_buffer = np.zeros(count + 1, dtype)
        self._arrays = self._planes, _numbers(numbers, "float64"), _numbers(numbers, dtype), scalar_buffer
        self._entry = _update_entry(np.dtype(dtype).char)

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Update flat parameters in place. Raises DataError if the size or the dtype differs."""
        if parameters.size != self._size or parameters.dtype != self._planes.dtype:
            raise DataError(
                f"step: this optimizer holds the state of {self._planes.dtype}({self._size},) parameters, not "
                f"{parameters.dtype}({parameters.size},)."
            )
        parameters, gradients = np.asarray(parameters), np.asarray(gradients)  # headers of subclasses are not read
        self.steps += 1
        self._entry(self._kernel_words, self.steps, parameters, gradients, *self._arrays)


_PREPARED: dict[tuple[int, str], tuple[Bound, tuple]] = {}


def _prepared(bound: Bound, dtype: np.dtype, prepare: Callable[[Bound, str], tuple]) -> tuple:
    """Return prepare(bound, dtype), from a cache if possible."""
    cache_key = id(bound), dtype.char
    if cache_key not in _PREPARED:
        if len(_PREPARED) >= MAX_PREPARED:
            _PREPARED.clear()
        _PREPARED[cache_key] = bound, prepare(bound, dtype.name)  # keeps bound alive, so that its id stays unique
    return _PREPARED[cache_key][1]


def _activation(bound: Bound, dtype: str) -> tuple[np.ndarray, ...]:
    make = row_activation_kernel if bound.part.rowwise else activation_kernel
    trainable = bound.part.trainable
    trainables = _numbers([bound.values[n] for n in trainable], dtype)
    constants = _numbers([v for n, v in bound.numbers.items() if n not in trainable], dtype)
    return _words(make(bound, dtype), np.dtype(dtype).itemsize), trainables, constants


def _loss(bound: Bound, dtype: str) -> tuple[np.ndarray, ...]:
    return _words(loss_kernel(bound, dtype)), _numbers(bound.numbers.values(), dtype)


def _numbers(values: Iterable[float], dtype: str) -> np.ndarray:
    return np.array([*values, 0.0], dtype)  # never empty, so that the address is always valid


def _words(*items: Any) -> np.ndarray:
    """Return addresses of kernels (0 for None) and integers as an int64 array, which compiled code reads."""
    return np.array([x if isinstance(x, int) else x.address if x is not None else 0 for x in items], np.int64)


@functools.cache
def _activation_entry() -> Callable:
    @compiled(types.void(*[HEADER] * 7), key="activation of arrays")
    def activate(kernel_words, x, y, d, e, trainables, constants):
        words = at_address(int64, kernel_words.data)
        kernel, itemsize, n = load(words, 0), load(words, 1), y.columns
        for first in range(0, n, BLOCK_SIZE):
            count, begin = min(BLOCK_SIZE, n - first), first * itemsize
            if x.data != y.data:
                source, target = at_address(int32, x.data + begin), at_address(int32, y.data + begin)
                for k in range(count * itemsize // 4):
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
    def activate(kernel_words, x, y, constants):
        numbers = at_address(float32, constants.data)
        kernel = load(at_address(int64, kernel_words.data), 0)
        call(kernel, (at_address(float32, x.data), at_address(float32, y.data), x.rows, x.columns, numbers))

    return entry(activate)


@functools.cache
def _losses_entry(char: str) -> Callable:
    real = REALS[np.dtype(char).name]

    @compiled(types.void(*[HEADER] * 7), key=f"losses of arrays {real}")
    def losses(kernel_words, z, y, dz, work, result, constants):
        call(load(at_address(int64, kernel_words.data), 0), (
            at_address(real, z.data), at_address(real, y.data), at_address(real, dz.data),
            at_address(real, work.data), at_address(real, result.data), z.rows, z.columns, real(1),
            at_address(real, constants.data),
        ))  # fmt: skip

    return entry(losses)


@functools.cache
def _update_entry(char: str) -> Callable:
    real = REALS[np.dtype(char).name]

    @compiled(types.void(HEADER, types.int64, *[HEADER] * 6), key=f"update of arrays {real}")
    def update(kernel_words, t, p, g, state, hyper64, hyper, scalars):
        words, step_scalars = at_address(int64, kernel_words.data), at_address(real, scalars.data)
        kernel, scalars_kernel, stride, itemsize = load(words, 0), load(words, 1), load(words, 2), load(words, 3)
        if scalars_kernel != 0:
            call(scalars_kernel, (t, at_address(float64, hyper64.data), step_scalars))
        n = p.columns
        # the elements before the first cache line are updated separately
        head = 0 if n < MIN_ALIGNED_SIZE else (-p.data % CACHE_LINE) // itemsize
        for first, end in ((0, head), (head, n)):
            begin = first * itemsize
            call(kernel, (
                at_address(real, p.data + begin), at_address(real, g.data + begin),
                at_address(real, state.data + begin), stride, end - first,
                real(1), at_address(real, hyper.data), step_scalars,
            ))  # fmt: skip

    return entry(update)
