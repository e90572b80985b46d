"""Transpose a matrix in blocks of lanes x lanes elements in registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from fastnn.cpu.compiled import INNER
from fastnn.cpu.machine import lanes
from fastnn.cpu.vectors import INT64, Vectors, out_of_line
from fastnn.kernels.pointers import advance

Stages = tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]


@cache
def stages(n: int, quad: int) -> Stages:
    """Return the shuffles that transpose n vectors of n lanes, where ``quad`` lanes are 128 bits.

    There is one tuple (distance, lanes of the first result, lanes of the second result) per stage. A stage combines
    all pairs of vectors that are ``distance`` apart. The first stages shuffle within 128 bits, the others move 128
    bits as a unit: both are cheaper than interleaving whole vectors.
    """
    result = []
    distance = 1
    while distance < n:
        low: list[int] = []
        high: list[int] = []
        if distance < quad:
            for start in range(0, n, quad):
                for half, lanes_out in ((0, low), (quad // 2, high)):
                    for unit in range(start + half, start + half + quad // 2, distance):
                        lanes_out += [*range(unit, unit + distance), *range(n + unit, n + unit + distance)]
        else:
            for source in (0, n):
                for start in range(source, source + n, 2 * quad):
                    low += range(start, start + quad)
                    high += range(start + quad, start + 2 * quad)
        result.append((distance, tuple(low), tuple(high)))
        distance *= 2
    return tuple(result)


def apply(vectors: Sequence[Any], network: Stages, shuffle: Callable) -> list[Any]:
    """Return the vectors after all stages of shuffles."""
    vectors = list(vectors)
    for distance, low, high in network:
        for i in range(len(vectors)):
            if not i & distance:
                x, y = vectors[i], vectors[i + distance]
                vectors[i], vectors[i + distance] = shuffle(x, y, low), shuffle(x, y, high)
    return vectors


@cache
def order(n: int, quad: int) -> tuple[int, ...]:
    """Return the position of each column after all stages, found by applying them to indices."""
    cells = [tuple((row, column) for column in range(n)) for row in range(n)]
    moved = apply(cells, stages(n, quad), lambda x, y, picked: tuple((x + y)[i] for i in picked))
    where = {cell[0][1]: i for i, cell in enumerate(moved)}
    return tuple(where[column] for column in range(n))


@intrinsic
def transpose_block(typingctx, S, lds, D, ldd, rows, cols):
    """Set D[c, r] = S[r, c] for r < rows and c < cols. Both are at least 1 and at most the lanes of a vector."""
    signature = types.void(S, types.intp, D, types.intp, types.intp, types.intp)

    def body(v: Vectors, arguments) -> None:
        S, lds, D, ldd, rows, cols = arguments
        b, n, quad = v.builder, v.lanes, 16 // v.size

        def move(whole: bool) -> None:
            columns, lines = (None, None) if whole else (v.mask(cols), v.mask(rows))
            sources = [INT64(i) for i in range(n)] if whole else v.clamped(range(n), rows)
            targets = [INT64(i) for i in range(n)] if whole else v.clamped(range(n), cols)
            block = [v.load(v.at(S, b.mul(lds, i)), columns) for i in sources]
            block = apply(block, stages(n, quad), v.shuffle)
            # in reverse order: the true last column is stored after its repetitions
            for i in reversed(range(n)):
                v.store(block[order(n, quad)[i]], v.at(D, b.mul(ldd, targets[i])), lines)

        full = b.and_(b.icmp_signed("==", rows, INT64(n)), b.icmp_signed("==", cols, INT64(n)))
        with b.if_else(full) as (then, otherwise):
            with then:
                move(True)
            with otherwise:
                move(False)

    return signature, out_of_line("transpose_block", S.dtype, body)


@njit(**INNER)
def transpose(S, lds, D, ldd, rows, cols):
    """Set D (cols, rows) = Sᵀ for S (rows, cols). lds, ldd: distances of the rows of S and of D."""
    n = lanes(S)
    for r in range(0, rows, n):
        for c in range(0, cols, n):
            source, target = advance(S, r * lds + c), advance(D, c * ldd + r)
            transpose_block(source, lds, target, ldd, min(n, rows - r), min(n, cols - c))
