"""Matrix products C = start + A·B, A·Bᵀ, Aᵀ·B for any strides, cut into tasks that threads can share.

The bits of an element of C depend on A's row, B's column, start, K and N, and on whether A's rows are contiguous,
never on how rows and tasks are divided. A sum over k runs in order, in blocks that K fixes for either kind of A; where
A's rows are contiguous and N and K ask for dot products, in the order of those.
"""

from __future__ import annotations

from numba import int64, njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.dots import dots
from fastnn.cpu.machine import itemsize, lanes, tile_rows, tile_vectors
from fastnn.cpu.packing import pack
from fastnn.cpu.tile import tile
from fastnn.cpu.transpose import transpose
from fastnn.kernels.pointers import address, advance, load, null, store
from fastnn.kernels.pointers import zero as zero_of

SCRATCH = 131072  # elements of scratch that a thread needs: a panel of B, columns of B for dot products, rows of A
COLUMNS, ROWS = 24576, 32768  # where in the scratch the latter two begin

LONG = 512  # k in one pass where A's rows are contiguous: a panel of B stays in the second-level cache
SHORT, TALL = 256, 1536  # k in one pass, and bytes of a column of A, where they are not: A's block stays there too
FAR = 4096  # bytes between rows from which on they are packed: each lies in a page of its own
REUSED = 4  # panels from which on it pays to pack A


@njit(**INNER)
def block_of(K, longest):
    """How many k a pass takes: equal blocks of at most ``longest``."""
    blocks = max(1, (K + longest - 1) // longest)
    return max(1, (K + blocks - 1) // blocks)


@njit(**INNER)
def split(M, N, p):
    """(wide, panels, tiles): C (M, N) is cut into panels of ``wide`` columns, each into tiles of tile_rows rows."""
    vectors = (N + lanes(p) - 1) // lanes(p)
    panels = max(1, (vectors + tile_vectors(p) - 1) // tile_vectors(p))
    wide = max(1, (vectors + panels - 1) // panels) * lanes(p)
    return wide, (N + wide - 1) // wide, (M + tile_rows(p) - 1) // tile_rows(p)


@njit(**INNER)
def tasks_of(rows, columns, p):
    """How many tasks a product with this many rows and columns is cut into."""
    _, panels, tiles = split(rows, columns, p)
    return panels * tiles


@njit(**INNER)
def product(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """Tasks lo ... hi-1 of the panels x tiles of C (M, N) = start (M, N) + A (M, K) · B (K, N).

    Task t is tile t % tiles of panel t // tiles. sai, sak, sbk, sbj: how far apart the elements of A and B are in
    i, k and k, j; ldc, lds: how far apart the rows of C and of start. start: null for zeros, C itself to add to
    it, or one row for all (a bias) with lds = 0. scratch: SCRATCH elements of this thread's own.
    """
    _, panels, tiles = split(M, N, A)
    zero, one = int64(0), int64(1)  # not literals: for those Numba would compile everything again
    added = address(start) == address(C) and lds == ldc
    partial = panels == 1 and N % lanes(A) != 0
    if partial and sai == 1 and sak > 1 and sbj == 1 and (added or address(start) == 0):
        # Cᵀ = Bᵀ·A by pieces: its vectors lie along M and are whole, and an element is the same chain over k
        step, last = lanes(A) * tile_vectors(A), min(hi * tile_rows(A), M)
        _, _, tall = split(N, step, A)
        direct = N == 1 and ldc == 1
        for i in range(lo * tile_rows(A), last, step):
            w = min(step, last - i)
            c, a = advance(C, i * ldc), advance(A, i)
            P = c if direct else scratch
            if added and not direct:
                transpose(c, ldc, P, step, w, N)
            rectangle(
                zero, one, zero, tall, N, w, K, B, one, sbk, a, sak, one, P, step,
                P if added else null(P), step, zero, scratch,
            )  # fmt: skip
            if not direct:
                transpose(P, step, c, ldc, N, w)
        return
    dotted = columns_by_dots(N, K, A) if sak == 1 else 0
    while lo < hi:
        panel = lo // tiles
        first = lo - panel * tiles
        whole = max(1, (hi - lo) // tiles) if first == 0 else 1
        last = min(tiles, first + hi - lo)
        rectangle(
            panel, panel + whole, first, last,
            M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, dotted, scratch,
        )  # fmt: skip
        lo += whole * (last - first)


@njit(**INNER)
def columns_by_dots(N, K, p):
    """How many of the last columns are dot products: those that would fill too little of a vector, if K is long."""
    few = N % lanes(p)
    worth = (2 * few <= lanes(p) and 8 * few <= K) or (4 * few <= 3 * lanes(p) and 32 * few <= K)
    return few if N == 1 or worth else 0


@njit(**INNER)
def rectangle(p0, p1, t0, t1, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, dotted, scratch):
    """Tiles t0 ... t1-1 of panels p0 ... p1-1 of a product; its last ``dotted`` columns by dot products."""
    wide, _, _ = split(M, N, A)
    rows, size = tile_rows(A), itemsize(A)
    if K == 0:
        j = p0 * wide
        begin(t0 * rows, min(t1 * rows, M), min(p1 * wide, N) - j, advance(C, j), ldc, offset(start, j), lds)
    # where the rows of A are far apart in k, a block of it stays in the cache while all panels of B pass
    step = t1 - t0 if sak == 1 else TALL // size // rows
    block = block_of(K, LONG if sak == 1 else SHORT)
    packed = sai == 1 and sak != 1 and p1 - p0 >= REUSED
    for top in range(t0, t1, step):
        first, end = top * rows, min(M, min(top + step, t1) * rows)
        for k in range(0, K, block):
            depth = min(block, K - k)
            s, d = (start, lds) if k == 0 else (C, ldc)
            a0, ai, ak = advance(A, first * sai + k * sak), sai, sak
            if packed:
                pack(a0, sak, sai, advance(scratch, ROWS), end - first, depth, end - first)
                a0, ak = advance(scratch, ROWS), end - first
            for p in range(p0, p1):
                j = p * wide
                w = min(wide, N - dotted - j)
                if w > 0:
                    b, distance = advance(B, k * sbk + j * sbj), sbk
                    if sbj != 1 or (sbk * size >= FAR and end - first >= 16 * rows):
                        pack(b, sbk, sbj, scratch, wide, depth, w)
                        b, distance = scratch, wide
                    for i in range(first, end, rows):
                        a, c = advance(a0, (i - first) * ai), advance(C, i * ldc + j)
                        tile(min(rows, end - i), w, depth, a, ai, ak, b, distance, c, ldc, offset(s, i * d + j), d)
                if dotted > 0 and j + wide >= N:
                    j = N - dotted
                    b, distance = advance(B, k * sbk + j * sbj), sbj
                    if sbk != 1:
                        pack(b, sbj, sbk, advance(scratch, COLUMNS), depth, dotted, depth)
                        b, distance = advance(scratch, COLUMNS), depth
                    c = advance(C, first * ldc + j)
                    dots(end - first, dotted, depth, a0, sai, b, distance, c, ldc, offset(s, first * d + j), d)


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
