"""A layer's product, computed by a team: each thread computes its own rows, or all threads share the columns.

``member`` is the number of a thread within the team, and ``team`` the number of threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from fastnn.cpu.barrier import PRODUCTS, meet, refill, share, take
from fastnn.cpu.compiled import INNER
from fastnn.cpu.matmul import split, tasks_of
from fastnn.cpu.native import call
from fastnn.kernels.pointers import advance

BATCH_GRAIN = 8  # rows of a batch are divided among threads in multiples of this
PIECES_PER_SHARE = 4  # approximate number of pieces of a thread's share of the columns
MIN_OWN_ROWS = 16  # with fewer rows per thread, the threads share the columns


class Product(NamedTuple):
    """C[rows, N] = start + A[rows, K] . B[K, N]. A and C are contiguous; ``start`` is null or one row for all."""

    K: Any
    N: Any
    A: Any
    B: Any
    k_stride: Any  # elements between B[k, j] and B[k + 1, j]
    column_stride: Any  # elements between B[k, j] and B[k, j + 1]
    C: Any
    start: Any


@njit(**INNER)
def by_rows(team, rows, K, N):
    """Return whether each thread computes its own rows of a layer's products, instead of a share of the columns.

    For its rows a thread reads all weights; for its columns it reads all rows. The smaller of the two should be read
    by all threads, especially if another thread has just written it.
    """
    return team == 1 or (rows // team >= MIN_OWN_ROWS and rows * (K + N) >= K * N)


@njit(**INNER)
def shared_product(member, team, job, rows, product, scratch, sync):
    """Compute a product by the whole team. Every thread reads and writes at least its own rows of A and C."""
    K, N, A, B, k_stride, column_stride, C, start = product
    if by_rows(team, rows, K, N):
        first, end = share(rows, member, team, BATCH_GRAIN)
        if first < end:
            own, tasks = end - first, tasks_of(end - first, N, A)
            a, c = advance(A, first * K), advance(C, first * N)
            call(job.product, (0, tasks, own, N, K, a, K, 1, B, k_stride, column_stride, c, N, start, 0, scratch))
    else:
        _, panels, tiles = split(rows, N, A)
        piece = max(1, panels // (PIECES_PER_SHARE * team)) * tiles
        refill(sync, member, PRODUCTS)
        meet(sync, team, job.yield_core)
        for turn in range(team):  # first this thread's own queue, then work stealing from the others'
            owner = (member + turn) % team
            low, high = panels * tiles * owner // team, panels * tiles * (owner + 1) // team
            first = low // piece * piece  # pieces consist of whole panels
            while first < high:
                at = first + take(sync, owner, PRODUCTS) * piece
                if at >= high:
                    break
                lo, hi = max(low, at), min(high, at + piece)
                call(job.product, (lo, hi, rows, N, K, A, K, 1, B, k_stride, column_stride, C, N, start, 0, scratch))
        meet(sync, team, job.yield_core)
