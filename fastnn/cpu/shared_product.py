"""A layer's product by a whole team: each member its rows, or all of them pieces of the columns."""

from __future__ import annotations

from numba import njit

from fastnn.cpu import table as t
from fastnn.cpu.barrier import PRODUCTS, meet, refill, share, take
from fastnn.cpu.compiled import INNER
from fastnn.cpu.matmul import split, tasks_of
from fastnn.cpu.native import call
from fastnn.kernels.pointers import advance

GRAIN = 8  # rows of a batch are shared out in multiples of this
PIECES = 4  # of a member's share of a product's columns, about


@njit(**INNER)
def by_rows(team, rows, K, N):
    """Whether each member computes its own rows of a layer's products, rather than its share of their columns.

    For its rows a member reads all weights, for its columns all rows: what has fewer numbers is to be read by all,
    above all as it is another member that has just written them.
    """
    return team == 1 or (rows // team >= 16 and rows * (K + N) >= K * N)


@njit(**INNER)
def shared_product(member, team, rows, N, K, A, B, b_k, b_column, C, start, scratch, sync, job):
    """C[rows, N] = start + A[rows, K] . B, by the whole team; of A and C each needs and gets at least its own rows."""
    kernel = job[t.PRODUCT]
    if by_rows(team, rows, K, N):
        mine, end = share(rows, member, team, GRAIN)
        if mine < end:
            tasks = tasks_of(end - mine, N, A)
            a, c = advance(A, mine * K), advance(C, mine * N)
            call(kernel, (0, tasks, end - mine, N, K, a, K, 1, B, b_k, b_column, c, N, start, 0, scratch))
    else:
        _, panels, tiles = split(rows, N, A)
        piece = max(1, panels // (PIECES * team)) * tiles
        refill(sync, member, PRODUCTS)
        meet(sync, team, job[t.RELAX])
        for turn in range(team):
            whose = (member + turn) % team
            low, high = panels * tiles * whose // team, panels * tiles * (whose + 1) // team
            first = low // piece * piece  # pieces end where panels do
            while first < high:
                at = first + take(sync, whose, PRODUCTS) * piece
                if at >= high:
                    break
                lo, hi = max(low, at), min(high, at + piece)
                call(kernel, (lo, hi, rows, N, K, A, K, 1, B, b_k, b_column, C, N, start, 0, scratch))
        meet(sync, team, job[t.RELAX])
