"""The kernels of :mod:`fastnn.cuda.kernels.loss` with a warp for each row: the same arguments, the same results."""

from __future__ import annotations

from dataclasses import replace

from fastnn import formula
from fastnn.cuda.kernel import Kernel, Variant, blocks
from fastnn.cuda.kernels.loss import EVALUATION, LOSS, ROW_ACTIVATION
from fastnn.cuda.kernels.wide_rows import LANES, compile_wide_row
from fastnn.kernels.pointers import address, advance, load, row, store, zero
from fastnn.parts.kinds import Bound

WARPS = 4  # per block: a warp a row


def _wide(kernel: Kernel, registers: int) -> Kernel:
    return replace(
        kernel, name=f"wide_{kernel.name}", grid=lambda a: (blocks(a["rows"], WARPS), 1), block=(LANES * WARPS, 1),
        registers=registers,
    )  # fmt: skip


WIDE_LOSS = _wide(LOSS, registers=80)
WIDE_EVALUATION = _wide(EVALUATION, registers=64)
WIDE_ROW_ACTIVATION = _wide(ROW_ACTIVATION, registers=48)


def wide_loss_and_gradient(loss: Bound, activation: Bound | None, trainable: int, dtype: str) -> Variant:
    """Return the kernel of loss_and_gradient, for parts that by_warps() allows."""
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)
    key = f"{unit.key} {value.key} {len(loss.numbers)} {loss.part.rowwise} {activation is None} {trainable}"

    def make(cuda, jit, real):
        formula.verify(loss)
        both = compile_wide_row(loss, activation, dtype, cuda, jit).both

        def loss_kernel(
            output, targets, ids, width, activated, derivative, planes, plane, delta, work, losses, rows, columns,
            scale, activation_constants, loss_constants, first_bad, step,
        ):  # fmt: skip
            i, lane = cuda.blockIdx.x * WARPS + (cuda.threadIdx.x >> 5), cuda.threadIdx.x & 31
            if i < rows:
                own = i * columns
                dz = advance(delta, own)
                value = both(
                    advance(output, own), advance(activated, own), advance(targets, load(ids, i) * width), dz,
                    advance(work, own), columns, scale, loss_constants, lane,
                )  # fmt: skip
                for p in range(trainable):
                    for j in range(lane, columns, LANES):
                        e = p * plane + own + j
                        store(planes, e, load(planes, e) * load(dz, j))
                if address(derivative) != 0:
                    for j in range(lane, columns, LANES):
                        store(dz, j, load(dz, j) * load(derivative, own + j))
                if lane == 0:
                    store(losses, i, value)
                    if value - value != zero(losses):  # NaN
                        cuda.atomic.min(row(first_bad, 1), 0, step)

        return loss_kernel

    return Variant(WIDE_LOSS, dtype, key, make)


def wide_loss_alone(loss: Bound, dtype: str) -> Variant:
    """Return the kernel of loss_alone, for a loss that by_warps() allows."""
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)

    def make(cuda, jit, real):
        lose = compile_wide_row(loss, None, dtype, cuda, jit).loss

        def evaluation(output, targets, ids, width, work, losses, rows, columns, loss_constants):
            i, lane = cuda.blockIdx.x * WARPS + (cuda.threadIdx.x >> 5), cuda.threadIdx.x & 31
            if i < rows:
                own = i * columns
                target = advance(targets, load(ids, i) * width)
                value = lose(advance(output, own), target, advance(work, own), columns, loss_constants, lane)
                if lane == 0:
                    store(losses, i, value)

        return evaluation

    return Variant(WIDE_EVALUATION, dtype, f"{unit.key} {value.key} {len(loss.numbers)} {loss.part.rowwise}", make)


def wide_row_activation(activation: Bound, dtype: str) -> Variant:
    """Return the kernel of row_activation, for softmax."""

    def make(cuda, jit, real):
        activate = compile_wide_row(None, activation, dtype, cuda, jit).activate

        def rows_activated(output, activated, rows, columns, activation_constants):
            i, lane = cuda.blockIdx.x * WARPS + (cuda.threadIdx.x >> 5), cuda.threadIdx.x & 31
            if i < rows:
                own = i * columns
                activate(advance(output, own), advance(activated, own), columns, lane)

        return rows_activated

    return Variant(WIDE_ROW_ACTIVATION, dtype, formula.activation_value(activation, dtype).key, make)
