"""Gradients of a layer's parameters: dW with its penalties, db as one more row of it, the activation's parameters.

The blocks of one more column of the grid sum the planes of the trainable parameters.
"""

from __future__ import annotations

from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.cuda.kernels.squares import square_parts
from fastnn.cuda.kernels.tile import PITCH, THREADS, TILE, block_sum
from fastnn.kernels.pointers import address, cast, load, store, zero

GRADIENT = Kernel(
    "gradient",
    arguments(
        "real* data, i4* ids, i8 gather, real* delta, real* weights, real* weight_gradient, real* bias_gradient, "
        "real* planes, i8 plane, i8 trainable, real* trainable_gradient, real* squares, "
        "i8 rows, i8 inner, i8 columns, i8 accumulate, i8 last, real l1, real l2"
    ),
    grid=lambda a: (blocks(a["inner"] + 1, TILE) + (a["trainable"] > 0), blocks(a["columns"], TILE)),
    block=(TILE, TILE),
    registers=64,
)


def gradient_blocks(inner: int, columns: int, trainable: int) -> int:
    """Return the number of blocks of a launch: as many pairs of sums of squares are written."""
    across, down = GRADIENT.grid({"inner": inner, "columns": columns, "trainable": trainable})
    return across * down


def layer_gradient(dtype: str) -> Variant:
    """Return weight_gradient (inner, columns) = data (rows, inner)^T . delta (rows, columns), and the others.

    accumulate: add to the gradients. last: no more rows follow, so add the penalties and, unless it is null, store in
    ``squares`` the sums of squares of every block.
    """

    def make(cuda, jit, real):
        total_of, parts_of = block_sum(cuda, jit, real), square_parts(jit)

        def gradient(
            data, ids, gather, delta, weights, weight_gradient, bias_gradient, planes, plane, trainable,
            trainable_gradient, squares, rows, inner, columns, accumulate, last, l1, l2,
        ):  # fmt: skip
            a = cuda.shared.array((TILE, PITCH), real)
            b = cuda.shared.array((TILE, PITCH), real)
            x, y = cuda.threadIdx.x, cuda.threadIdx.y
            t = y * TILE + x
            small = large = none = zero(delta)
            if cuda.blockIdx.x * TILE > inner:
                if cuda.blockIdx.y == 0:
                    for p in range(trainable):
                        part = zero(delta)
                        for k in range(t, rows * columns, THREADS):
                            part += load(planes, p * plane + k)
                        total = total_of(part, t)
                        if t == 0:
                            if accumulate != 0:
                                total += load(trainable_gradient, p)
                            store(trainable_gradient, p, total)
                            more_small, more_large = parts_of(total, none)
                            small, large = small + more_small, large + more_large
            else:
                i, j, column = cuda.blockIdx.x * TILE + y, cuda.blockIdx.y * TILE + x, cuda.blockIdx.x * TILE + x
                own = i * columns + j
                inside = i <= inner and j < columns
                total = zero(delta)
                if accumulate != 0 and inside:
                    total = load(weight_gradient, own) if i < inner else load(bias_gradient, j)
                for k in range(0, rows, TILE):
                    row, value, other = k + y, zero(delta), zero(delta)
                    if row < rows:
                        source = row
                        if gather != 0:
                            source = load(ids, row)
                        if column < inner:
                            value = load(data, source * inner + column)
                        elif column == inner:
                            value = cast(delta, 1.0)
                        if j < columns:
                            other = load(delta, row * columns + j)
                    a[y, x], b[y, x] = value, other
                    cuda.syncthreads()
                    for n in range(TILE):
                        total = cuda.fma(a[n, y], b[n, x], total)
                    cuda.syncthreads()
                if inside:
                    if i == inner:
                        store(bias_gradient, j, total)
                    else:
                        if last != 0 and (l1 != none or l2 != none):
                            w = load(weights, own)
                            above, below = l1 if w > none else none, l1 if w < none else none
                            total = total + (l2 * w + (above - below))
                        store(weight_gradient, own, total)
                    small, large = parts_of(total, none)
            if last != 0 and address(squares) != 0:
                place = (cuda.blockIdx.y * cuda.gridDim.x + cuda.blockIdx.x) * 2
                small, large = total_of(small, t), total_of(large, t)
                if t == 0:
                    store(squares, place, small)
                    store(squares, place + 1, large)

        return gradient

    return Variant(GRADIENT, dtype, "", make)
