"""The optimizer's update of all parameters, in one launch."""

from __future__ import annotations

from fastnn.buffers import ALIGNMENT
from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.cuda.kernels.tile import THREADS
from fastnn.kernels.optimizer import formulas, update_body
from fastnn.kernels.pointers import load, load_tuple, row, zero
from fastnn.parts.kinds import Bound

UPDATE = Kernel(
    "update",
    arguments(
        "real* parameters, real* gradients, real* state, i8 stride, u1* live, i8 size, real* factor, real* hyper, "
        "real* scalars, i4* first_bad, i4 step, i8 checks"
    ),
    grid=lambda a: (blocks(a["size"], THREADS), 1),
    block=(THREADS, 1),
    registers=48,
)


def update(bound: Bound, dtype: str) -> Variant:
    """Return the update of all parameters with the gradient factor[0] * gradients.

    live: how many of each ALIGNMENT bytes of parameters are used; the others are the padding between tensors. scalars:
    those of this step. From step ``first_bad`` on, nothing is updated. checks: if it is not 0, first_bad[1] becomes 0
    where a new parameter is NaN or infinite.
    """
    unit, _, count = formulas(bound, dtype)
    numbers = len(bound.numbers)
    group = ALIGNMENT // {"float32": 4, "float64": 8}[dtype]

    def make(cuda, jit, real):
        update_at = update_body(unit, jit)

        def update(parameters, gradients, state, stride, live, size, factor, hyper, scalars, first_bad, step, checks):
            k = cuda.blockIdx.x * THREADS + cuda.threadIdx.x
            if k < size and k % group < load(live, k // group) and load(first_bad, 0) > step:
                constants = load_tuple(hyper, numbers) + load_tuple(scalars, count)
                update_at(parameters, gradients, state, stride, k, load(factor, 0), constants)
                if checks != 0 and load(parameters, k) - load(parameters, k) != zero(parameters):  # NaN
                    cuda.atomic.min(row(first_bad, 2), 1, 0)

        return update

    return Variant(UPDATE, dtype, f"{unit.key} {numbers} {count}", make)
