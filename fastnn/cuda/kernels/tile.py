"""The shape of the tiles of the matrix products, and sums over the threads of a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TILE = 16  # rows and columns of a tile; a thread computes one element
PITCH = TILE + 1  # columns of a tile in shared memory; one more, so that the rows of a column lie in different banks
THREADS = TILE * TILE
TWICE = 2 * THREADS


def block_sum(cuda: Any, jit: Callable[[Callable], Any], real: Any) -> Any:
    """Compile block_sum(x, t), the sum of x over the 256 threads t of a block, by halves. All threads must call it."""

    @jit
    def total(x, t):
        parts = cuda.shared.array(THREADS, real)
        parts[t] = x
        cuda.syncthreads()
        half = THREADS // 2
        while half > 0:
            if t < half:
                parts[t] = parts[t] + parts[t + half]
            cuda.syncthreads()
            half //= 2
        result = parts[0]
        cuda.syncthreads()
        return result

    return total


def block_sums(cuda: Any, jit: Callable[[Callable], Any], real: Any) -> Any:
    """Compile block_sums(x, y, t), which returns both sums to thread 0. Another call needs a barrier before it."""

    @jit
    def totals(x, y, t):
        parts = cuda.shared.array(TWICE, real)
        parts[t], parts[THREADS + t] = x, y
        half = THREADS // 2
        while half > 0:
            cuda.syncthreads()
            if t < half:
                parts[t] = parts[t] + parts[t + half]
                parts[THREADS + t] = parts[THREADS + t] + parts[THREADS + t + half]
            half //= 2
        return parts[0], parts[THREADS]

    return totals
