"""Operations on the rows of a batch: gather samples, and sum over samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic

from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line


@intrinsic
def gather_rows(typingctx, X, width, ids, n, D):
    """Copy the rows ids[0] ... ids[n-1] of X to D (n, width)."""
    size = types.intp
    signature = types.void(X, size, ids, size, D)

    def body(v: Vectors, arguments) -> None:
        X, width, ids, n, D = arguments
        b = v.builder
        whole, edge = _whole_and_edge(v, width)

        def one_row(i: Any) -> None:
            source, target = (v.at(p, b.mul(k, width)) for p, k in ((X, b.load(v.at(ids, i))), (D, i)))

            def copy(c: Any, mask: Any = None) -> None:
                v.store(v.load(v.at(source, c), mask), v.at(target, c), mask)

            _repeat(v, INT64(0), whole, v.lanes, copy)
            _if(v, b.icmp_signed("<", whole, width), lambda: copy(whole, edge))

        _repeat(v, INT64(0), n, 1, one_row)

    return signature, out_of_line("gather_rows", X.dtype, body)


@intrinsic
def column_sums(typingctx, low, high, rows, width, Z, out, accumulate):
    """Set out[j] to the sum of column j of Z (rows, width), for low <= j < high. accumulate: add it to out[j].

    The rows are added in order.
    """
    size = types.intp
    signature = types.void(size, size, size, size, Z, out, size)

    def body(v: Vectors, arguments) -> None:
        low, high, rows, width, Z, out, accumulate = arguments
        b = v.builder
        whole, edge = _whole_and_edge(v, b.sub(high, low))
        total = v.builder.alloca(v.type)

        def columns(j: Any, mask: Any = None) -> None:
            j = b.add(low, j)
            at = v.at(out, j)
            before = b.icmp_signed("!=", accumulate, INT64(0))
            first = b.select(before, INT64(0), INT64(1))  # without a previous sum, row 0 is the initial value
            _if(v, before, lambda: b.store(v.load(at, mask), total), lambda: b.store(v.load(v.at(Z, j), mask), total))

            def add(i: Any) -> None:
                row = v.load(v.at(Z, b.mul(i, width), j), mask)
                b.store(b.fadd(b.load(total), row), total)

            _repeat(v, first, rows, 1, add)
            v.store(b.load(total), at, mask)

        _repeat(v, INT64(0), whole, v.lanes, columns)
        _if(v, b.icmp_signed("<", whole, b.sub(high, low)), lambda: columns(whole, edge))

    return signature, out_of_line("column_sums", Z.dtype, body)


def _whole_and_edge(v: Vectors, n: Any) -> tuple[Any, Any]:
    """Return (number of elements in full vectors, mask of the remaining ones) for n elements."""
    whole = v.builder.and_(n, INT64(-v.lanes))
    return whole, v.mask(v.builder.sub(n, whole))


def _repeat(v: Vectors, begin: Any, end: Any, step: int, body: Callable[[Any], None]) -> None:
    """Emit a loop over ``body(i)`` for i in range(begin, end, step)."""
    b = v.builder
    before, loop, done = b.block, b.append_basic_block("loop"), b.append_basic_block("done")
    b.cbranch(b.icmp_signed("<", begin, end), loop, done)
    b.position_at_end(loop)
    i = b.phi(INT64)
    i.add_incoming(begin, before)
    body(i)
    following = b.add(i, INT64(step))
    i.add_incoming(following, b.block)
    no_unroll(b, b.cbranch(b.icmp_signed("<", following, end), loop, done))
    b.position_at_end(done)


def _if(v: Vectors, condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any] | None = None) -> None:
    b = v.builder
    yes, no, end = (b.append_basic_block(name) for name in ("then", "else", "end"))
    b.cbranch(condition, yes, no)
    for block, emit in ((yes, then), (no, otherwise)):
        b.position_at_end(block)
        if emit is not None:
            emit()
        b.branch(end)
    b.position_at_end(end)
