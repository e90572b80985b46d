"""The inner loop of all matrix products: a tile of C stays in registers during the loop over k."""

from __future__ import annotations

from itertools import pairwise

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line


@intrinsic
def tile(typingctx, h, w, K, A, sai, sak, B, sbk, C, ldc, start, lds):
    """Compute C = start + A·B for h rows and w columns, at most one tile; K >= 1. A null ``start`` means zeros.

    Element (i, k) of A is at ``i sai + k sak``, (k, j) of B at ``k sbk + j``, (i, j) of C at ``i ldc + j`` and of
    start at ``i lds + j``. start may be C itself, or one row for all rows with lds = 0. Every element of C is one chain
    of multiply-adds over k in order, for any h and w: its bits depend only on K.
    """
    integer = types.intp
    signature = types.void(
        integer, integer, integer, A, integer, integer, B, integer, C, integer, C, integer
    )  # fmt: skip

    def body(v: Vectors, arguments) -> None:
        h, w, *_ = arguments
        b = v.builder
        end = b.append_basic_block("end")

        def otherwise_if(condition, then) -> None:
            yes, no = b.append_basic_block(), b.append_basic_block()
            b.cbranch(condition, yes, no)
            b.position_at_end(yes)
            then()
            b.position_at_end(no)

        def variant(height: int, vectors: int, masked: bool) -> None:
            _variant(v, arguments, height, vectors, masked)
            b.branch(end)

        def every_width(height: int) -> None:
            for vectors in range(v.machine.vectors, 0, -1):
                if height == v.machine.heights[0] or not v.machine.has_masks:  # the others are rare
                    whole = b.icmp_signed("==", w, INT64(vectors * v.lanes))
                    otherwise_if(whole, lambda vectors=vectors: variant(height, vectors, False))
                if vectors > 1:
                    wider = b.icmp_signed(">", w, INT64((vectors - 1) * v.lanes))
                    otherwise_if(wider, lambda vectors=vectors: variant(height, vectors, True))
                else:
                    variant(height, vectors, True)

        heights = v.machine.heights
        for height, smaller in pairwise(heights):
            otherwise_if(b.icmp_signed(">", h, INT64(smaller)), lambda height=height: every_width(height))
        every_width(heights[-1])
        b.position_at_end(end)

    return signature, out_of_line("tile", A.dtype, body)


def _variant(v: Vectors, arguments, height: int, vectors: int, masked: bool) -> None:
    """Emit the loop over k for ``height`` rows and ``vectors`` vectors. Rows past h repeat the last one."""
    h, w, K, A, sai, sak, B, sbk, C, ldc, start, lds = arguments
    b = v.builder
    edge = v.mask(b.sub(w, INT64((vectors - 1) * v.lanes))) if masked else None

    def mask(j: int):
        return edge if j == vectors - 1 else None

    rows = v.clamped(range(height), h)
    a_rows = [v.at(A, b.mul(sai, row)) for row in rows]
    c_rows = [v.at(C, b.mul(ldc, row)) for row in rows]
    cells = [(i, j) for i in range(height) for j in range(vectors)]
    before, add = b.block, b.append_basic_block("start")
    loop, done = b.append_basic_block("k"), b.append_basic_block("store")
    b.cbranch(b.icmp_unsigned("!=", start, ir.Constant(start.type, None)), add, loop)

    b.position_at_end(add)
    s_rows = [v.at(start, b.mul(lds, row)) for row in rows]
    old = [v.load(v.at(s_rows[i], j * v.lanes), mask(j)) for i, j in cells]
    b.branch(loop)

    b.position_at_end(loop)
    k = b.phi(INT64)
    k.add_incoming(INT64(0), before)
    k.add_incoming(INT64(0), add)
    sums = [b.phi(v.type) for _ in cells]
    for total, value in zip(sums, old, strict=True):
        total.add_incoming(v.zero, before)
        total.add_incoming(value, add)
    b_row, a_column = v.at(B, b.mul(k, sbk)), b.mul(k, sak)
    b_vectors = [v.load(v.at(b_row, j * v.lanes), mask(j)) for j in range(vectors)]
    new = []
    for i in range(height):
        a = v.splat(b.load(v.at(a_rows[i], a_column)))
        new += [v.multiply_add(a, b_vectors[j], sums[i * vectors + j]) for j in range(vectors)]
    following = b.add(k, INT64(1))
    k.add_incoming(following, loop)
    for total, value in zip(sums, new, strict=True):
        total.add_incoming(value, loop)
    no_unroll(b, b.cbranch(b.icmp_signed("<", following, K), loop, done))

    b.position_at_end(done)
    for (i, j), value in zip(cells, new, strict=True):
        v.store(value, v.at(c_rows[i], j * v.lanes), mask(j))
