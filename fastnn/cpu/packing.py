"""Pack parts of matrices: copy them to contiguous memory, so that they stay in the cache."""

from __future__ import annotations

from numba import njit, types
from numba.extending import intrinsic

from fastnn.cpu.compiled import INNER
from fastnn.cpu.transpose import transpose
from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line
from fastnn.kernels.pointers import load, store


@njit(**INNER)
def pack(S, sr, sc, D, ldd, rows, cols):
    """Copy S to D, both (rows, cols). sr, sc: strides of S along rows and columns. ldd: distance of the rows of D."""
    if sc == 1:
        copy_rows(S, sr, D, ldd, rows, cols)
    elif sr == 1:
        transpose(S, sc, D, ldd, cols, rows)
    else:
        for r in range(rows):
            for c in range(cols):
                store(D, r * ldd + c, load(S, r * sr + c * sc))


@intrinsic
def copy_rows(typingctx, S, lds, D, ldd, rows, cols):
    """Set D[r, c] = S[r, c] for r < rows and c < cols. There must be at least one row."""
    size = types.intp
    signature = types.void(S, size, D, size, size, size)

    def body(v: Vectors, arguments) -> None:
        S, lds, D, ldd, rows, cols = arguments
        b = v.builder
        whole = b.and_(cols, INT64(-v.lanes))
        edge = v.mask(b.sub(cols, whole))
        every_row, every_vector, rest = (b.append_basic_block(name) for name in ("row", "vector", "rest"))
        masked, following, end = (b.append_basic_block(name) for name in ("masked", "next", "end"))
        before = b.block
        b.branch(every_row)

        b.position_at_end(every_row)
        r = b.phi(INT64)
        r.add_incoming(INT64(0), before)
        source, target = v.at(S, b.mul(r, lds)), v.at(D, b.mul(r, ldd))
        b.cbranch(b.icmp_signed(">", whole, INT64(0)), every_vector, rest)

        b.position_at_end(every_vector)
        c = b.phi(INT64)
        c.add_incoming(INT64(0), every_row)
        v.store(v.load(v.at(source, c)), v.at(target, c))
        after = b.add(c, INT64(v.lanes))
        c.add_incoming(after, every_vector)
        no_unroll(b, b.cbranch(b.icmp_signed("<", after, whole), every_vector, rest))

        b.position_at_end(rest)
        b.cbranch(b.icmp_signed("<", whole, cols), masked, following)
        b.position_at_end(masked)
        v.store(v.load(v.at(source, whole), edge), v.at(target, whole), edge)
        b.branch(following)

        b.position_at_end(following)
        further = b.add(r, INT64(1))
        r.add_incoming(further, following)
        b.cbranch(b.icmp_signed("<", further, rows), every_row, end)
        b.position_at_end(end)

    return signature, out_of_line("copy_rows", S.dtype, body)
