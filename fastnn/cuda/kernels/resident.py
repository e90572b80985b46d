"""How a network lies in a block's shared memory, and the products of its layers there.

Activations and their gradients lie feature by feature: ROWS samples side by side, PITCH numbers from one feature to the
next. A thread computes four numbers at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn.cuda.vectors import load4
from fastnn.kernels.pointers import load, store, zero

ROWS = 8  # samples that a block holds at a time
PITCH = ROWS + 4  # 128-bit accesses of neighboring features then meet in no bank of shared memory
THREADS = 256  # per block

# The columns of the table: one row for each layer. Offsets are in numbers.
FAN_IN, FAN_OUT = 0, 1
WEIGHTS, BIAS, TRAINABLE = 2, 3, 4  # in the parameters
TRAINABLES = 5  # how many trainable parameters the activation has
OWN_WEIGHTS, INPUT, DELTA, PLANES = 6, 7, 8, 9  # in shared memory; DELTA holds the derivative first
KIND, NUMBERS = 10, 11  # of the activation; where the layer's numbers are: the scale of dropout, then constants
THRESHOLD = 12  # of dropout
COLUMNS = 13

I64, U32 = np.int64, np.uint32  # a division of 32-bit numbers takes a third of the instructions


def pitch_of_weights(fan_out: int) -> int:
    """Return the numbers from one row of weights to the next in shared memory: odd, so that no two banks meet."""
    return fan_out | 1


class Products(NamedTuple):
    """The compiled functions below. m: shared memory. mine: how many samples the block has."""

    product: Any
    weight_gradient: Any
    sum_rows: Any


def compile_products(cuda: Any, jit: Callable[[Callable], Any]) -> Products:
    """Compile the products."""

    @jit
    def plus(a, x, z):
        return cuda.fma(a, x[0], z[0]), cuda.fma(a, x[1], z[1]), cuda.fma(a, x[2], z[2]), cuda.fma(a, x[3], z[3])

    @jit
    def dot(x, y, s):
        return cuda.fma(x[3], y[3], cuda.fma(x[2], y[2], cuda.fma(x[1], y[1], cuda.fma(x[0], y[0], s))))

    @jit
    def product(m, w, step, x, count, z):
        """Return z + the sum over k < count of m[w + k step] * (four rows of feature k at x)."""
        whole = count & -4
        for k in range(0, whole, 4):
            a, b = load(m, w + k * step), load(m, w + (k + 1) * step)
            c, d = load(m, w + (k + 2) * step), load(m, w + (k + 3) * step)
            at = x + k * PITCH
            z = plus(a, load4(m, at), z)
            z = plus(b, load4(m, at + PITCH), z)
            z = plus(c, load4(m, at + 2 * PITCH), z)
            z = plus(d, load4(m, at + 3 * PITCH), z)
        for k in range(whole, count):
            z = plus(load(m, w + k * step), load4(m, x + k * PITCH), z)
        return z

    @jit
    def weight_gradient(m, x, delta, fan_in, columns, mine, thread, gradient, accumulate):
        """Set gradient (fan_in, columns) to X^T . delta, or add it. A thread computes four rows of a column."""
        for task in range(thread, ((fan_in + 3) >> 2) * columns, THREADS):
            k = I64(U32(task) // U32(columns))
            n, k = task - k * columns, k * 4
            own, last = k * columns + n, fan_in - 1
            second, third, fourth = min(k + 1, last), min(k + 2, last), min(k + 3, last)
            a = b = c = d = zero(m)
            if accumulate:
                a, b = load(gradient, own), load(gradient, second * columns + n)
                c, d = load(gradient, third * columns + n), load(gradient, fourth * columns + n)
            for r in range(0, mine, 4):  # not unrolled, which would need too many registers
                y = load4(m, delta + n * PITCH + r)
                a = dot(load4(m, x + k * PITCH + r), y, a)
                b = dot(load4(m, x + second * PITCH + r), y, b)
                c = dot(load4(m, x + third * PITCH + r), y, c)
                d = dot(load4(m, x + fourth * PITCH + r), y, d)
            store(gradient, own, a)
            if k + 1 < fan_in:
                store(gradient, own + columns, b)
            if k + 2 < fan_in:
                store(gradient, own + 2 * columns, c)
            if k + 3 < fan_in:
                store(gradient, own + 3 * columns, d)

    @jit
    def sum_rows(m, at, mine, total):
        """Return total + the samples of the feature at ``at``, in order."""
        for r in range(mine):
            total += load(m, at + r)
        return total

    return Products(product, weight_gradient, sum_rows)
