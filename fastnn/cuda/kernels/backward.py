"""Backward: dL/dZ of a layer from dL/dZ of the next one, in one launch."""

from __future__ import annotations

from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.cuda.kernels.tile import PITCH, TILE
from fastnn.kernels.pointers import address, load, store, zero

BACKWARD = Kernel(
    "backward",
    arguments(
        "real* next_delta, real* weights, real* derivative, real* planes, i8 plane, real* delta, "
        "i8 rows, i8 inner, i8 columns"
    ),
    grid=lambda a: (blocks(a["rows"], TILE), blocks(a["columns"], TILE)),
    block=(TILE, TILE),
    registers=48,
)


def through_layer(trainable: int, dtype: str) -> Variant:
    """Return delta (rows, columns) = (next_delta (rows, inner) . weights (columns, inner)^T) * derivative.

    A null derivative stands for ones. Each plane of derivatives with respect to one of the ``trainable`` parameters is
    multiplied by the product before the derivative: the sum of a plane is the parameter's gradient.
    """

    def make(cuda, jit, real):
        def backward(next_delta, weights, derivative, planes, plane, delta, rows, inner, columns):
            a = cuda.shared.array((TILE, PITCH), real)
            b = cuda.shared.array((TILE, PITCH), real)
            x, y = cuda.threadIdx.x, cuda.threadIdx.y
            i, first = cuda.blockIdx.x * TILE + y, cuda.blockIdx.y * TILE
            j = first + x
            total = zero(next_delta)
            for k in range(0, inner, TILE):
                inside = k + x < inner
                a[y, x] = load(next_delta, i * inner + k + x) if i < rows and inside else zero(delta)
                b[x, y] = load(weights, (first + y) * inner + k + x) if first + y < columns and inside else zero(delta)
                cuda.syncthreads()
                for n in range(TILE):
                    total = cuda.fma(a[y, n], b[n, x], total)
                cuda.syncthreads()
            if i < rows and j < columns:
                own = i * columns + j
                for p in range(trainable):
                    store(planes, p * plane + own, load(planes, p * plane + own) * total)
                if address(derivative) != 0:
                    total = total * load(derivative, own)
                store(delta, own, total)

        return backward

    return Variant(BACKWARD, dtype, f"{trainable}", make)
