"""Matrix products with few columns: dot products along k, several rows and columns at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from fastnn.cpu.compiled import INNER
from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line
from fastnn.kernels.pointers import address, advance

COLUMNS_PER_GROUP = 4


@njit(**INNER)
def dots(h, n, K, A, sai, B, ldb, C, ldc, start, lds):
    """Compute C = start + A·B for h rows and n columns. The rows of A and the columns of B are contiguous; K >= 1.

    Element (i, k) of A is at ``i sai + k``, (k, j) of B at ``j ldb + k``, (i, j) of C at ``i ldc + j`` and of start at
    ``i lds + j``. A null ``start`` means zeros. The order of summation depends only on K.
    """
    for j in range(0, n, COLUMNS_PER_GROUP):
        s = start if address(start) == 0 else advance(start, j)
        columns = min(COLUMNS_PER_GROUP, n - j)
        dot_group(h, columns, K, A, sai, advance(B, j * ldb), ldb, advance(C, j), ldc, s, lds)


@intrinsic
def dot_group(typingctx, h, n, K, A, sai, B, ldb, C, ldc, start, lds):
    """Compute at most COLUMNS_PER_GROUP columns; see ``dots``."""
    size = types.intp
    signature = types.void(size, size, size, A, size, B, size, C, size, C, size)

    def body(v: Vectors, arguments) -> None:
        b, n = v.builder, arguments[1]
        tall = v.machine.heights[0]
        end = b.append_basic_block("end")
        for height, columns in ((tall, 1), (tall, 2), (tall // 2, COLUMNS_PER_GROUP)):
            fits, wider = b.append_basic_block("fits"), b.append_basic_block("wider")
            b.cbranch(b.icmp_signed("<=", n, INT64(columns)), fits, wider)
            b.position_at_end(fits)
            _rows(v, arguments, height, columns, end)
            b.position_at_end(wider)
        b.branch(end)
        b.position_at_end(end)

    return signature, out_of_line("dot_group", A.dtype, body)


def _rows(v: Vectors, arguments, height: int, columns: int, end: Any) -> None:
    """Emit the loop over all rows, ``height`` at a time, and a branch to ``end``."""
    h, n, K, A, sai, B, ldb, C, ldc, start, lds = arguments
    b = v.builder
    null = b.icmp_unsigned("==", start, ir.Constant(start.type, None))
    zeros = v.reserve(columns)  # used if start is null
    for j in range(columns):
        b.store(ir.Constant(v.element, 0.0), v.at(zeros, j))
    source, step = b.select(null, v.at(zeros, 0), start), b.select(null, INT64(0), lds)
    before, loop = b.block, b.append_basic_block("rows")
    b.branch(loop)
    b.position_at_end(loop)
    i = b.phi(INT64)
    i.add_incoming(INT64(0), before)
    a, c, s = v.at(A, b.mul(i, sai)), v.at(C, b.mul(i, ldc)), v.at(source, b.mul(i, step))
    _block(v, (b.sub(h, i), n, K, a, sai, B, ldb, c, ldc, s, step), height, columns)
    following = b.add(i, INT64(height))
    i.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, h), loop, end)


def _block(v: Vectors, arguments, height: int, columns: int) -> None:
    """Emit the code for ``height`` rows and ``columns`` columns. Rows past h and columns past n repeat the last one."""
    h, n, K, A, sai, B, ldb, C, ldc, start, lds = arguments
    b = v.builder
    rows, cols = v.clamped(range(height), h), v.clamped(range(columns), n)
    a_rows, b_columns = [v.at(A, b.mul(sai, i)) for i in rows], [v.at(B, b.mul(ldb, j)) for j in cols]
    sums = _add_lanes(v, _chains(v, a_rows, b_columns, K))
    cells = [(i, j) for i in rows for j in cols]
    before = [b.load(v.at(start, b.mul(lds, i), j)) for i, j in cells]
    for (i, j), old, total in zip(cells, before, sums, strict=True):
        b.store(b.fadd(old, total), v.at(C, b.mul(ldc, i), j))


def _chains(v: Vectors, a_rows: list[Any], b_columns: list[Any], K: Any) -> list[Any]:
    """Return a vector for every row and column. Its lane l is the sum of a b over k = l, l + lanes, l + 2 lanes ..."""
    b = v.builder
    before, loop, edge = b.block, b.append_basic_block("k"), b.append_basic_block("edge")
    whole = b.and_(K, INT64(-v.lanes))
    b.cbranch(b.icmp_signed(">", whole, INT64(0)), loop, edge)

    def products(k: Any, mask: Any, sums: list[Any]) -> list[Any]:
        vectors = [v.load(v.at(column, k), mask) for column in b_columns]
        result = []
        for i, row in enumerate(a_rows):
            a = v.load(v.at(row, k), mask)
            result += [v.multiply_add(a, x, sums[i * len(vectors) + j]) for j, x in enumerate(vectors)]
        return result

    b.position_at_end(loop)
    k = b.phi(INT64)
    k.add_incoming(INT64(0), before)
    sums = [b.phi(v.type) for _ in range(len(a_rows) * len(b_columns))]
    new = products(k, None, sums)
    following = b.add(k, INT64(v.lanes))
    k.add_incoming(following, loop)
    for total, value in zip(sums, new, strict=True):
        total.add_incoming(v.zero, before)
        total.add_incoming(value, loop)
    no_unroll(b, b.cbranch(b.icmp_signed("<", following, whole), loop, edge))

    b.position_at_end(edge)
    sums = [b.phi(v.type) for _ in new]
    for total, value in zip(sums, new, strict=True):
        total.add_incoming(v.zero, before)
        total.add_incoming(value, loop)
    return products(whole, v.mask(b.sub(K, whole)), sums)


def _add_lanes(v: Vectors, sums: list[Any]) -> list[Any]:
    """Return the sum of the lanes of every vector, as scalars."""
    b = v.builder
    quad = 16 // v.size

    def add(x, y, low, high):
        return b.fadd(v.shuffle(x, y, low), v.shuffle(x, y, high))

    folded = _fold(sums, v.lanes, quad, add)
    # the position of each sum is found by folding the indices of the vectors in the same way
    numbers = [[row] * v.lanes for row in range(len(sums))]
    placed = _fold(numbers, v.lanes, quad, lambda x, y, low, high: [(x + y)[i] for i in low])
    lanes = [row for vector in placed for row in vector]
    memory = v.reserve(len(folded) * v.lanes)
    for i, vector in enumerate(folded):
        v.store(vector, v.at(memory, i * v.lanes))
    return [b.load(v.at(memory, lanes.index(row))) for row in range(len(sums))]


def _fold(vectors: list[Any], lanes: int, quad: int, fold: Callable) -> list[Any]:
    """Fold pairs of vectors into one until every lane is a complete sum.

    fold(x, y, low, high) adds the lanes ``low`` of x and y to the lanes ``high``. The halves of the vectors are folded
    first, then their quarters, down to 128 bits (``quad`` lanes), and then halves within each 128 bits: these shuffles
    are the cheapest. A vector without a partner is folded with itself.
    """
    width = lanes
    while width > 1:
        half = width // 2
        low = [i for i in range(2 * lanes) if i % width < half]
        if width <= quad:  # alternate between the quads of x and of y
            low = [i for start in range(0, lanes, quad) for i in low if i % lanes // quad * quad == start]
        high = [i + half for i in low]
        count = (len(vectors) + 1) // 2
        vectors = [fold(x, y, low, high) for x, y in zip(vectors[:count], vectors[-count:], strict=True)]
        width = half
    return vectors
