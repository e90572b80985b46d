"""The global norm of the gradient, and the factor that clips it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastnn import mathematics
from fastnn.cuda.kernel import Kernel, Variant, arguments
from fastnn.cuda.kernels.squares import SCALE
from fastnn.cuda.kernels.tile import THREADS, block_sum
from fastnn.kernels.optimizer import CLIP_EPSILON
from fastnn.kernels.pointers import cast, load, store, zero

NORM = Kernel(
    "norm",
    arguments("real* squares, i8 count, i8 clip, real limit, real* result, i4* first_bad, i4 step"),
    grid=lambda a: (1, 1),
    block=(THREADS, 1),
    registers=40,
)


def clip_factor(dtype: str) -> Variant:
    """Return result[0] = the factor for the gradient, 1 if clip is 0; result[1] = the largest norm so far.

    squares: ``count`` pairs of sums of squares. Nothing happens from step ``first_bad`` on.
    """

    def make(cuda, jit, real):
        total_of, measure = block_sum(cuda, jit, real), norm_and_factor(jit)

        def norm(squares, count, clip, limit, result, first_bad, step):
            t = cuda.threadIdx.x
            small = large = zero(squares)
            for k in range(t, count, THREADS):
                small += load(squares, 2 * k)
                large += load(squares, 2 * k + 1)
            small, large = total_of(small, t), total_of(large, t)
            if t == 0 and load(first_bad, 0) > step:
                found, factor = measure(small, large, clip, limit, squares)
                store(result, 0, factor)
                if not found <= load(result, 1):
                    store(result, 1, found)

        return norm

    return Variant(NORM, dtype, "", make)


def norm_and_factor(jit: Callable[[Callable], Any]) -> Any:
    """Compile measure(small, large, clip, limit, like), which returns the norm and the factor that clips it.

    small, large: sums of the two parts of :func:`square_parts`. like: a pointer to numbers of their dtype.
    """
    sqrt = mathematics.sqrt

    @jit
    def measure(small, large, clip, limit, like):
        norm: Any = sqrt(small)
        if large > zero(like):
            norm = sqrt(large + small * SCALE * SCALE) / SCALE
        one = cast(like, 1.0)
        factor = one
        if clip != 0:
            factor = limit / (norm + cast(like, CLIP_EPSILON))
            if factor > one:
                factor = one
        return norm, factor

    return measure
