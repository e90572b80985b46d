"""Matrix products C = start + A·B, A·Bᵀ, Aᵀ·B for any strides, split into tasks for several threads.

The bits of an element of C depend on the row of A, the column of B, start, K, N, and whether the rows of A are
contiguous. They never depend on how rows and tasks are divided. A sum over k is computed in order, in blocks that
depend only on K and on whether the rows of A are contiguous. The columns that are computed by dot products (only if
the rows of A are contiguous, depending on N and K) are summed in the order of those.
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

SCRATCH = 131072  # elements of scratch per thread: a panel of B, columns of B for dot products, rows of A
COLUMNS_OFFSET, ROWS_OFFSET = 24576, 32768  # where the columns of B and the rows of A start in the scratch

MAX_K_BLOCK_CONTIGUOUS = 512  # if the rows of A are contiguous: a panel of B stays in the second-level cache
MAX_K_BLOCK_STRIDED = 256  # if they are not: a block of A stays in the second-level cache as well
STRIDED_BLOCK_BYTES = 1536  # of a column of A in such a block
MIN_PACKED_STRIDE = 4096  # bytes; rows of B further apart than this are packed, because each lies in its own page
MIN_PANELS_TO_PACK_A = 4  # with fewer panels, packing A takes longer than it saves


@njit(**INNER)
def block_of(K, longest):
    """Return the number of k per pass: K is divided into equal blocks of at most ``longest``."""
    blocks = max(1, (K + longest - 1) // longest)
    return max(1, (K + blocks - 1) // blocks)


@njit(**INNER)
def split(M, N, p):
    """Return (width, panels, tiles): C (M, N) has panels of ``width`` columns, each with tiles of tile_rows rows."""
    vectors = (N + lanes(p) - 1) // lanes(p)
    panels = max(1, (vectors + tile_vectors(p) - 1) // tile_vectors(p))
    width = max(1, (vectors + panels - 1) // panels) * lanes(p)
    return width, (N + width - 1) // width, (M + tile_rows(p) - 1) // tile_rows(p)


@njit(**INNER)
def tasks_of(rows, columns, p):
    """Return the number of tasks of a product with this many rows and columns."""
    _, panels, tiles = split(rows, columns, p)
    return panels * tiles


@njit(**INNER)
def product(lo, hi, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, scratch):
    """Compute tasks lo ... hi-1 of C (M, N) = start (M, N) + A (M, K) · B (K, N).

    Task t is tile t % tiles of panel t // tiles. sai, sak, sbk, sbj: strides of A along i and k, and of B along k and
    j, in elements. ldc, lds: distances of the rows of C and of start. start: null for zeros, C itself to add to it,
    or one row for all rows (a bias) with lds = 0. scratch: SCRATCH elements that only this thread uses.
    """
    _, panels, tiles = split(M, N, A)
    zero, one = int64(0), int64(1)  # not literals, for which Numba would compile the functions again
    added = address(start) == address(C) and lds == ldc
    partial = panels == 1 and N % lanes(A) != 0
    if partial and sai == 1 and sak > 1 and sbj == 1 and (added or address(start) == 0):
        # compute Cᵀ = Bᵀ·A in pieces: its vectors lie along M and are full, and the sums over k are the same
        step, last = lanes(A) * tile_vectors(A), min(hi * tile_rows(A), M)
        _, _, transposed_tiles = split(N, step, A)
        direct = N == 1 and ldc == 1
        for i in range(lo * tile_rows(A), last, step):
            w = min(step, last - i)
            c, a = advance(C, i * ldc), advance(A, i)
            P = c if direct else scratch
            if added and not direct:
                transpose(c, ldc, P, step, w, N)
            rectangle(
                zero, one, zero, transposed_tiles, N, w, K, B, one, sbk, a, sak, one, P, step,
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
    """Return how many of the last columns are computed by dot products.

    These are the columns that fill only part of a vector, if K is large enough.
    """
    rest = N % lanes(p)
    faster = (2 * rest <= lanes(p) and 8 * rest <= K) or (4 * rest <= 3 * lanes(p) and 32 * rest <= K)
    return rest if N == 1 or faster else 0


@njit(**INNER)
def rectangle(p0, p1, t0, t1, M, N, K, A, sai, sak, B, sbk, sbj, C, ldc, start, lds, dotted, scratch):
    """Compute tiles t0 ... t1-1 of panels p0 ... p1-1; the last ``dotted`` columns of C by dot products."""
    width, _, _ = split(M, N, A)
    rows, size = tile_rows(A), itemsize(A)
    if K == 0:
        j = p0 * width
        initialize(t0 * rows, min(t1 * rows, M), min(p1 * width, N) - j, advance(C, j), ldc, offset(start, j), lds)
    # if the rows of A are not contiguous, a block of A stays in the cache and is used with all panels of B
    step = t1 - t0 if sak == 1 else STRIDED_BLOCK_BYTES // size // rows
    block = block_of(K, MAX_K_BLOCK_CONTIGUOUS if sak == 1 else MAX_K_BLOCK_STRIDED)
    packed = sai == 1 and sak != 1 and p1 - p0 >= MIN_PANELS_TO_PACK_A
    for top in range(t0, t1, step):
        first, end = top * rows, min(M, min(top + step, t1) * rows)
        for k in range(0, K, block):
            depth = min(block, K - k)
            s, d = (start, lds) if k == 0 else (C, ldc)
            a0, ai, ak = advance(A, first * sai + k * sak), sai, sak
            if packed:
                pack(a0, sak, sai, advance(scratch, ROWS_OFFSET), end - first, depth, end - first)
                a0, ak = advance(scratch, ROWS_OFFSET), end - first
            for p in range(p0, p1):
                j = p * width
                w = min(width, N - dotted - j)
                if w > 0:
                    b, distance = advance(B, k * sbk + j * sbj), sbk
                    if sbj != 1 or (sbk * size >= MIN_PACKED_STRIDE and end - first >= 16 * rows):
                        pack(b, sbk, sbj, scratch, width, depth, w)
                        b, distance = scratch, width
                    for i in range(first, end, rows):
                        a, c = advance(a0, (i - first) * ai), advance(C, i * ldc + j)
                        tile(min(rows, end - i), w, depth, a, ai, ak, b, distance, c, ldc, offset(s, i * d + j), d)
                if dotted > 0 and j + width >= N:
                    j = N - dotted
                    b, distance = advance(B, k * sbk + j * sbj), sbj
                    if sbk != 1:
                        pack(b, sbj, sbk, advance(scratch, COLUMNS_OFFSET), depth, dotted, depth)
                        b, distance = advance(scratch, COLUMNS_OFFSET), depth
                    c = advance(C, first * ldc + j)
                    dots(end - first, dotted, depth, a0, sai, b, distance, c, ldc, offset(s, first * d + j), d)


@njit(**INNER)
def offset(p, n):
    """Return the pointer advanced by ``n`` elements; null stays null."""
    return p if address(p) == 0 else advance(p, n)


@njit(**INNER)
def initialize(low, high, cols, C, ldc, start, lds):
    """Set rows low ... high-1 of C to start, or to zeros: a product with K = 0."""
    for i in range(low, high):
        for j in range(cols):
            store(C, i * ldc + j, zero_of(C) if address(start) == 0 else load(start, i * lds + j))
