"""The outputs of a network for a few rows: prepared once per network, then one compiled call without any thread.

A :class:`fastnn.cpu.program.CpuProgram` takes 50 to 200 us to prepare, and a row 1 us to compute. The products and the
activations are those of the engine, and so are the bits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, int64, types

from fastnn.buffers import aligned_zeros
from fastnn.cpu.compiled import compiled
from fastnn.cpu.elementwise import copy
from fastnn.cpu.engine_data import LAYER
from fastnn.cpu.forward import activate
from fastnn.cpu.header import HEADER, entry
from fastnn.cpu.kernel import REALS
from fastnn.cpu.lowering import lower
from fastnn.cpu.machine import itemsize, require_compiler
from fastnn.cpu.matmul import SCRATCH, tasks_of
from fastnn.cpu.native import call
from fastnn.cpu.products import product_kernel
from fastnn.kernels.pointers import advance, at_address, load
from fastnn.plan import Plan

ROWS = 256  # that are computed at a time
MAX_WORK = 1e9  # rows * parameters: 10 to 20 ms. What takes longer is left to a program: to threads, and to Ctrl-C
ALIGNED = 0x100  # NumPy's array flag
DTYPE, SIZE, PRODUCT, WORDS = 0, 1, 2, 3  # words that tell the compiled function the plan
# Memory that no call is using. A call takes a block and gives it back: so there are as many as calls at the same time,
# whatever the number of networks. Taking one is atomic. A process that forks copies the free ones, and never waits.
_FREE: list[np.ndarray] = []
MAX_KEPT = 1 << 26  # bytes; a larger block is not kept


class Memory(NamedTuple):
    """What fastnn.cpu.forward.activate reads of the engine's buffers and of its job."""

    workspace: Any
    parameters: Any
    constants: Any
    rows: Any


class ForwardPass:
    """The forward pass of a plan. Any number of threads may call it at the same time.

    It knows the shape of the network, not its parameters, which are given with each call.
    """

    def __init__(self, plan: Plan):
        require_compiler()
        self.plan = plan
        tables = lower(plan, ROWS, 1, training=False)
        self._product = product_kernel(plan.dtype)  # kept alive, because its address is
        self._words = np.array([np.dtype(plan.dtype).num, plan.size, self._product.address], np.int64)
        self._layers, self._constants = tables.layers, tables.constants
        self._bytes = (SCRATCH + tables.workspace) * np.dtype(plan.dtype).itemsize
        self._outputs, self._dtype = plan.outputs, np.dtype(plan.dtype)
        self._max_rows = MAX_WORK / plan.size
        self._entry = _entry(plan.dtype)

    def __call__(self, X: Any, parameters: np.ndarray) -> np.ndarray | None:
        """Return the outputs (rows, outputs), or None if X or the parameters are not as compiled code needs them.

        X must be a C-contiguous array (rows, inputs) of the plan's dtype with not too many rows. It is safe to pass
        anything.
        """
        if type(X) is not np.ndarray or X.ndim != 2 or (rows := len(X)) > self._max_rows:
            return None
        outputs = np.empty((rows, self._outputs), self._dtype)
        block = _borrow(self._bytes)
        done = self._entry(self._layers, self._words, self._constants, parameters, X, outputs, block)
        if block.nbytes <= MAX_KEPT:
            _FREE.append(block)
        return outputs if done else None


def _borrow(nbytes: int) -> np.ndarray:
    """Return a block of memory that nobody else is using."""
    try:
        block = _FREE.pop()
    except IndexError:
        return aligned_zeros(nbytes, "uint8")
    return block if block.nbytes >= nbytes else aligned_zeros(nbytes, "uint8")


@functools.cache
def _entry(dtype: str) -> Callable:
    """Return forward(layers, words, constants, parameters, X, outputs, block), which returns whether it did it."""
    real, header = REALS[dtype], HEADER
    signature = types.boolean(from_dtype(LAYER)[::1], header, header, header, header, header, header)

    @compiled(signature, key=f"forward pass {dtype}")
    def forward(layers, words, constants, parameters, X, outputs, block):
        depth, given = len(layers), at_address(int64, words.data)
        p = at_address(real, parameters.data)
        size, kind, inputs = itemsize(p), load(given, DTYPE), layers[0].fan_in
        if X.axes != 2 or X.dtype != kind or X.columns != inputs or (X.flags & ALIGNED) == 0:
            return False
        if X.column_stride != size and inputs > 1:
            return False
        if X.row_stride != inputs * size and X.rows > 1:
            return False
        if parameters.axes != 1 or parameters.dtype != kind or parameters.columns != load(given, SIZE):
            return False
        if parameters.column_stride != size or (parameters.flags & ALIGNED) == 0:
            return False
        scratch = at_address(real, block.data)
        w = advance(scratch, SCRATCH)
        memory = Memory(w, p, at_address(real, constants.data), ROWS)
        for first in range(0, X.rows, ROWS):
            rows = min(ROWS, X.rows - first)
            a = advance(at_address(real, X.data), first * inputs)
            for number in range(depth):
                layer = layers[number]
                K, N = layer.fan_in, layer.fan_out
                z = advance(w, layer.output)
                call(load(given, PRODUCT), (
                    0, tasks_of(rows, N, a), rows, N, K, a, K, 1, advance(p, layer.weights), N, 1,
                    z, N, advance(p, layer.bias), 0, scratch,
                ))  # fmt: skip
                activate(0, rows, memory, layer, memory, False)
                a = z
            columns = layers[depth - 1].fan_out
            copy(a, advance(at_address(real, outputs.data), first * columns), rows * columns)
        return True

    return entry(forward)
