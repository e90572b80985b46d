"""The product of a matrix whose rows are contiguous and a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line


@intrinsic
def dots(typingctx, h, K, A, sai, x, y, ldy, start, lds):
    """y[i ldy] = start[i lds] + sum over k of A[i sai + k] x[k], for i < h: at most tile_rows; K at least 1.

    A null ``start`` means zeros. The order of a sum depends on K alone: a chain for every lane, and then the lanes
    are added in halves.
    """
    n = types.intp
    signature = types.void(n, n, A, n, x, y, n, y, n)

    def body(v: Vectors, arguments) -> None:
        h, K, A, sai, x, y, ldy, start, lds = arguments
        b = v.builder
        height = v.machine.heights[0]
        rows = v.clamped(range(height), h)
        sums = _chains(v, [v.at(A, b.mul(sai, row)) for row in rows], x, K)
        totals = _add_lanes(v, sums)
        # a null start is not read: y is, in its place
        null = b.icmp_unsigned("==", start, ir.Constant(start.type, None))
        source, step = b.select(null, y, start), b.select(null, ldy, lds)
        zero = ir.Constant(v.element, 0.0)
        before = [b.select(null, zero, b.load(v.at(source, b.mul(step, row)))) for row in rows]
        for row, total, old in zip(rows, totals, before, strict=True):
            b.store(b.fadd(old, total), v.at(y, b.mul(ldy, row)))

    return signature, out_of_line("dots", A.dtype, body)


def _chains(v: Vectors, a_rows: list[Any], x: Any, K: Any) -> list[Any]:
    """For every row the vector whose lane l is the sum over k = l, l + lanes, l + 2 lanes, ... of a[k] x[k]."""
    b = v.builder
    before, loop, edge = b.block, b.append_basic_block("k"), b.append_basic_block("edge")
    whole = b.and_(K, INT64(-v.lanes))
    b.cbranch(b.icmp_signed(">", whole, INT64(0)), loop, edge)

    b.position_at_end(loop)
    k = b.phi(INT64)
    k.add_incoming(INT64(0), before)
    sums = [b.phi(v.type) for _ in a_rows]
    x_vector = v.load(v.at(x, k))
    new = [v.multiply_add(v.load(v.at(a, k)), x_vector, total) for a, total in zip(a_rows, sums, strict=True)]
    following = b.add(k, INT64(v.lanes))
    k.add_incoming(following, loop)
    for total, value in zip(sums, new, strict=True):
        total.add_incoming(v.zero, before)
        total.add_incoming(value, loop)
    no_unroll(b, b.cbranch(b.icmp_signed("<", following, whole), loop, edge))

    b.position_at_end(edge)
    sums = [b.phi(v.type) for _ in a_rows]
    for total, value in zip(sums, new, strict=True):
        total.add_incoming(v.zero, before)
        total.add_incoming(value, loop)
    mask = v.mask(b.sub(K, whole))
    x_vector = v.load(v.at(x, whole), mask)
    rest = [v.load(v.at(a, whole), mask) for a in a_rows]
    return [v.multiply_add(a, x_vector, total) for a, total in zip(rest, sums, strict=True)]


def _add_lanes(v: Vectors, sums: list[Any]) -> list[Any]:
    """The sum of the lanes of every vector, as scalars."""
    b = v.builder
    folded = _fold(sums, v.lanes, lambda x, y, low, high: b.fadd(v.shuffle(x, y, low), v.shuffle(x, y, high)))
    # where each sum ended is found by folding the numbers of the vectors in the same way
    numbers = [[row] * v.lanes for row in range(len(sums))]
    placed = _fold(numbers, v.lanes, lambda x, y, low, high: [(x + y)[i] for i in low])
    where = [next((i, x.index(row)) for i, x in enumerate(placed) if row in x) for row in range(len(sums))]
    return [b.extract_element(folded[i], ir.IntType(32)(lane)) for i, lane in where]


def _fold(vectors: list[Any], lanes: int, fold: Callable) -> list[Any]:
    """Fold pairs of vectors into one until a group of lanes is one lane.

    A vector holds groups of ``width`` lanes, at first one; fold(x, y, low, high) adds the low and the high half of
    every group of x and then of y. A vector without a partner is folded with itself.
    """
    width = lanes
    while width > 1:
        low = [i for i in range(2 * lanes) if i % width < width // 2]
        high = [i for i in range(2 * lanes) if i % width >= width // 2]
        half = (len(vectors) + 1) // 2
        vectors = [fold(x, y, low, high) for x, y in zip(vectors[:half], vectors[-half:], strict=True)]
        width //= 2
    return vectors
