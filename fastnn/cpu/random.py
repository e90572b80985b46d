"""Shuffling and dropout on the CPU, with the random numbers of :mod:`fastnn.kernels.random`."""

from __future__ import annotations

from numba import njit

from fastnn.cpu.compiled import INNER
from fastnn.kernels.pointers import advance, load, store
from fastnn.kernels.random import DROPOUT, SHUFFLE, compile_draws

__all__ = ["DROPOUT", "SHUFFLE", "drop", "key", "mix", "shuffle"]

mix, key, below, dropout_row, dropped = compile_draws(njit(**INNER))


@njit(**INNER)
def shuffle(order, n, seed, epoch):
    """Shuffle order[:n] in place (Fisher and Yates)."""
    k = key(seed, epoch, SHUFFLE)
    for i in range(n - 1, 0, -1):
        j = below(k, i)
        row = load(order, i)
        store(order, i, load(order, j))
        store(order, j, row)


@njit(**INNER)
def drop(k, layer, samples, rows, columns, Y, D, E, planes, plane, threshold, scale):
    """Apply inverted dropout to Y (rows, columns), to its derivative D, and to the ``planes`` derivatives in E.

    Row i belongs to sample samples[i]. The planes of E are ``plane`` elements apart. A unit is set to 0 if its 32-bit
    draw is below ``threshold``, else multiplied by ``scale``.
    """
    zero = scale * 0
    for i in range(rows):
        a, b = dropout_row(k, layer, load(samples, i))
        y, d = advance(Y, i * columns), advance(D, i * columns)
        for j in range(columns):
            factor = zero if dropped(a, b, j, threshold) else scale
            store(y, j, load(y, j) * factor)
            store(d, j, load(d, j) * factor)
            for p in range(planes):
                e = advance(E, p * plane + i * columns)
                store(e, j, load(e, j) * factor)
