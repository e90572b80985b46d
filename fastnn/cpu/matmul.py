"""Matrix products C = start + A·B, A·Bᵀ, Aᵀ·B for any strides, cut into tasks that threads can share.

The bits of an element of C depend on A's row, B's column, start and K, never on how rows and tasks are divided:
sums run over k in order, in blocks that K alone fixes.
"""

from __future__ import annotations

from numba import njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.machine import lanes, tile_rows, tile_vectors
from fastnn.cpu.pointers import address, advance, load, null, store, zero
from fastnn.cpu.tile import tile
from fastnn.cpu.transpose import transpose

BLOCK = 512  # the longest stretch of k in one pass
NARROW = 16  # product_tn_narrow is for at most this many columns
SCRATCH = 65536  # elements of scratch that a thread needs


@njit(**INNER)
def block_of(K):
    """How many k a pass takes: equal blocks of at most BLOCK."""
    blocks = max(1, (K + BLOCK - 1) // BLOCK)
    return max(1, (K + blocks - 1) // blocks)


@njit(**INNER)
def split(M, N, p):
    """(wide, panels, tiles): C (M, N) is cut into panels of ``wide`` columns, each into tiles of tile_rows rows."""
    vectors = (N + lanes(p) - 1) // lanes(p)
    panels = max(1, (vectors + tile_vectors(p) - 1) // tile_vectors(p))
    wide = max(1, (vectors + panels - 1) // panels) * lanes(p)
    return wide, (N + wide - 1) // wide, (M + tile_rows(p) - 1) // tile_rows(p)


@njit(**INNER)
def product(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """Tasks lo ... hi-1 of the panels x tiles of C (M, N) = start (M, N) + A (M, K) · B (K, N).

    Task t is tile t % tiles of panel t // tiles. sai, sak, sbk, sbj: how far apart the elements of A and B are in
    i, k and k, j; ldc, lds: how far apart the rows of C and of start. start: null for zeros, C itself to add to
    it, or one row for all (a bias) with lds = 0. scratch: SCRATCH elements of this thread's own.
    """
    wide, panels, tiles = split(M, N, A)
    rows = tile_rows(A)
    block = block_of(K)
    while lo < hi:
        panel = lo // tiles
        first, last = lo - panel * tiles, min(tiles, hi - panel * tiles)
        j = panel * wide
        w = min(wide, N - j)
        if K == 0:
            begin(first * rows, min(last * rows, M), w, advance(C, j), ldc, offset(start, j), lds)
        for k in range(0, K, block):
            depth = min(block, K - k)
            source, distance = advance(B, k * sbk + j * sbj), sbk
            if sbj != 1:
                transpose(source, sbj, scratch, wide, w, depth)
                source, distance = scratch, wide
            for t in range(first, last):
                i = t * rows
                a, c = advance(A, i * sai + k * sak), advance(C, i * ldc + j)
                if k == 0:
                    s, d = offset(start, i * lds + j), lds
                else:
                    s, d = c, ldc
                tile(min(rows, M - i), w, depth, a, sai, sak, source, distance, c, ldc, s, d)
        lo = panel * tiles + last


@njit(**INNER)
def offset(p, n):
    """The pointer ``n`` elements further, but null stays null."""
    return p if address(p) == 0 else advance(p, n)


@njit(**INNER)
def begin(low, high, cols, C, ldc, start, lds):
    """Rows low ... high-1 of C = start, or zeros: a product with K = 0."""
    for i in range(low, high):
        for j in range(cols):
            store(C, i * ldc + j, zero(C) if address(start) == 0 else load(start, i * lds + j))


@njit(**INNER)
def product_tn_narrow(lo, hi, M, N, K, A, lda, B, ldb, C, ldc, accumulate, scratch):
    """Rows lo ... hi-1 of C (M, N) = Aᵀ·B, or C +=, for A (K, M) and B (K, N) with few columns (N <= NARROW).

    Computed as (Bᵀ·A)ᵀ, whose vectors lie along M and are whole, with the same bits as by ``product``.
    """
    step = lanes(A) * tile_vectors(A)
    for i in range(lo, hi, step):
        w = min(step, hi - i)
        _, panels, tiles = split(N, w, A)
        c, start = advance(C, i * ldc), null(C)
        if accumulate != 0:
            transpose(c, ldc, scratch, w, w, N)
            start = scratch
        product(0, panels * tiles, N, w, K, B, 1, ldb, advance(A, i), lda, 1, scratch, w, start, w, scratch)
        transpose(scratch, w, c, ldc, N, w)


@njit(**INNER)
def matmul(M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """The whole product by one thread; arguments as for ``product``."""
    matmul_task(0, 1, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)


@njit(**INNER)
def matmul_task(tid, team, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """The share of member ``tid`` of ``team`` in a product; each member has its own scratch. Same bits for any team."""
    _, panels, tiles = split(M, N, A)
    low, high = panels * tiles * tid // team, panels * tiles * (tid + 1) // team
    product(low, high, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)
