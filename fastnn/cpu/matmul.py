"""Matrix products C = start + A·B, A·Bᵀ, Aᵀ·B for any strides, cut into tasks that threads can share.

The bits of an element of C depend on A's row, B's column, start, K and N, never on how rows and tasks are divided:
a sum over k runs in order, in blocks that K alone fixes (for N = 1 in the order of ``dots``).
"""

from __future__ import annotations

from numba import int64, njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.machine import lanes, tile_rows, tile_vectors
from fastnn.cpu.matvec import dots
from fastnn.cpu.pointers import address, advance, load, null, store
from fastnn.cpu.pointers import zero as zero_of
from fastnn.cpu.tile import tile
from fastnn.cpu.transpose import transpose

BLOCK = 512  # the longest stretch of k in one pass: a panel of B then stays in the second-level cache
COLUMN_ROWS = 96  # rows of C that are worked on at a time where the columns of A are contiguous
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
    _, _, tiles = split(M, N, A)
    if N == 1 and K > 0 and sak == 1 and sbk == 1:
        rows = tile_rows(A)
        for i in range(lo * rows, min(hi * rows, M), rows):
            dots(min(rows, M - i), K, advance(A, i * sai), sai, B, advance(C, i * ldc), ldc, offset(start, i * lds), lds)
        return
    while lo < hi:
        panel = lo // tiles
        first = lo - panel * tiles
        panels = max(1, (hi - lo) // tiles) if first == 0 else 1
        last = min(tiles, first + hi - lo)
        rectangle(panel, panel + panels, first, last, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)
        lo += panels * (last - first)


@njit(**INNER)
def rectangle(p0, p1, t0, t1, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """Tiles t0 ... t1-1 of panels p0 ... p1-1 of a product; see ``product``."""
    wide, _, _ = split(M, N, A)
    rows, block = tile_rows(A), block_of(K)
    if K == 0:
        j = p0 * wide
        begin(t0 * rows, min(t1 * rows, M), min(p1 * wide, N) - j, advance(C, j), ldc, offset(start, j), lds)
    # where the rows of A are far apart in k, some of them stay in the cache while all panels pass
    step = t1 - t0 if sak == 1 else COLUMN_ROWS // rows
    for top in range(t0, t1, step):
        for k in range(0, K, block):
            depth = min(block, K - k)
            for p in range(p0, p1):
                j = p * wide
                w = min(wide, N - j)
                b, distance = advance(B, k * sbk + j * sbj), sbk
                if sbj != 1:
                    pack(b, sbk, sbj, scratch, wide, w, depth)
                    b, distance = scratch, wide
                for t in range(top, min(top + step, t1)):
                    i = t * rows
                    a, c = advance(A, i * sai + k * sak), advance(C, i * ldc + j)
                    if k == 0:
                        s, d = offset(start, i * lds + j), lds
                    else:
                        s, d = c, ldc
                    tile(min(rows, M - i), w, depth, a, sai, sak, b, distance, c, ldc, s, d)


@njit(**INNER)
def pack(B, sbk, sbj, P, wide, w, depth):
    """P (depth, w) = B with contiguous rows, ``wide`` apart."""
    if sbk == 1:
        transpose(B, sbj, P, wide, w, depth)
        return
    for k in range(depth):
        for j in range(w):
            store(P, k * wide + j, load(B, k * sbk + j * sbj))


@njit(**INNER)
def offset(p, n):
    """The pointer ``n`` elements further, but null stays null."""
    return p if address(p) == 0 else advance(p, n)


@njit(**INNER)
def begin(low, high, cols, C, ldc, start, lds):
    """Rows low ... high-1 of C = start, or zeros: a product with K = 0."""
    for i in range(low, high):
        for j in range(cols):
            store(C, i * ldc + j, zero_of(C) if address(start) == 0 else load(start, i * lds + j))


@njit(**INNER)
def product_tn_narrow(lo, hi, M, N, K, A, lda, B, ldb, C, ldc, accumulate, scratch):
    """Rows lo ... hi-1 of C (M, N) = Aᵀ·B, or C +=, for A (K, M) and B (K, N) with few columns (N <= NARROW).

    Computed as (Bᵀ·A)ᵀ, whose vectors lie along M and are whole; an element is the same chain over k as in
    ``product``. scratch: SCRATCH elements of this thread's own.
    """
    step = lanes(A) * tile_vectors(A)
    zero, one = int64(0), int64(1)  # not literals: for those Numba would compile everything again
    _, _, tiles = split(N, step, A)
    for i in range(lo, hi, step):
        w = min(step, hi - i)
        c, a = advance(C, i * ldc), advance(A, i)
        turned = N > 1 or ldc > 1
        P = scratch if turned else c
        start = P if accumulate != 0 else null(P)
        if turned and accumulate != 0:
            transpose(c, ldc, P, step, w, N)
        rectangle(zero, one, zero, tiles, N, w, K, B, one, ldb, a, lda, one, P, step, start, step, scratch)
        if turned:
            transpose(P, step, c, ldc, N, w)


@njit(**INNER)
def matmul(M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """The whole product by one thread; arguments as for ``product``."""
    matmul_task(int64(0), int64(1), M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)


@njit(**INNER)
def matmul_task(tid, team, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """The share of member ``tid`` of ``team`` in a product; each member has its own scratch. Same bits for any team."""
    added = address(start) == address(C) and lds == ldc
    if N <= NARROW and sai == 1 and sak > 1 and sbj == 1 and (added or address(start) == 0):
        step = lanes(A) * tile_vectors(A)
        blocks = (M + step - 1) // step
        low, high = blocks * tid // team * step, min(M, blocks * (tid + 1) // team * step)
        product_tn_narrow(low, high, M, N, K, A, sak, B, sbk, C, ldc, 1 if added else 0, scratch)
        return
    _, panels, tiles = split(M, N, A)
    low, high = panels * tiles * tid // team, panels * tiles * (tid + 1) // team
    product(low, high, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch)
