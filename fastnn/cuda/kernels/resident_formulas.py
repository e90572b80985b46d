"""The formulas between the products of a network in shared memory: activations, dropout, the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastnn import formula
from fastnn.cuda.kernels.loss import row_loss
from fastnn.cuda.kernels.resident import I64, ROWS, THREADS, U32
from fastnn.cuda.kernels.wide_rows import LANES, compile_wide_row
from fastnn.kernels.elementwise import activation_bodies, row_activation_body, row_backward_body
from fastnn.kernels.loss import elementwise_loss_bodies
from fastnn.kernels.pointers import advance, load, load_tuple, row, store, zero
from fastnn.kernels.random import compile_draws
from fastnn.parts.kinds import Bound

Jit = Callable[[Callable], Any]


def activations(kinds: Sequence[Bound], dtype: str, jit: Jit) -> Any:
    """Compile activate(kind, y, d, e, plane, trainables, constants) for one number y, which it replaces by f(y).

    d: the derivative. e: those with respect to the trainable parameters, ``plane`` numbers apart. kind: which of the
    elementwise activations.
    """

    @jit
    def none_of_them(kind, y, d, e, plane, trainables, constants):
        pass

    chain = none_of_them
    for number, bound in enumerate(kinds):
        chain = _or_else(number, bound, dtype, jit, chain)
    return chain


def _or_else(number: int, bound: Bound, dtype: str, jit: Jit, otherwise: Any) -> Any:
    trainable = len(bound.part.trainable)
    constant = len(bound.numbers) - trainable
    both_at = activation_bodies(formula.activation_unit(bound, dtype), formula.activation_value(bound, dtype), jit).both

    @jit
    def activate(kind, y, d, e, plane, trainables, constants):
        if kind == number:
            both_at(y, d, e, 0, plane, load_tuple(trainables, trainable) + load_tuple(constants, constant))
        else:
            otherwise(kind, y, d, e, plane, trainables, constants)

    return activate


def dropping(jit: Jit) -> Any:
    """Compile factor(key, layer, sample, unit, threshold, scale, none): what dropout multiplies a unit by.

    none: 0 in the dtype of the scale.
    """
    draws = compile_draws(jit)

    @jit
    def factor(key, layer, sample, unit, threshold, scale, none):
        a, b = draws.dropout_row(key, layer, sample)
        return none if draws.dropped(a, b, unit, U32(threshold)) else scale

    return factor


def losing(loss: Bound, activation: Bound | None, wide: bool, dtype: str, cuda: Any, jit: Jit) -> Any:
    """Compile lose(outputs, targets, ids, width, losses, mine, columns, scale, ...), called by all threads of a block.

    outputs: row-major, as are the following areas of ROWS x columns numbers: dL/doutput, room for the loss, and the
    results of ``activation``, the row-wise activation of the output layer. ids, losses: those of the block's first row.
    mine: how many rows there are. wide: a row-wise loss or activation has a warp for each row, not a thread. Afterwards
    all threads may read dL/doutput.
    """
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)
    numbers, rowwise, classes = len(loss.numbers), loss.part.rowwise, loss.part.target == "class"

    @jit
    def watch(losses, first_bad, step):
        value = load(losses, 0)
        if value - value != zero(losses):  # NaN
            cuda.atomic.min(row(first_bad, 1), 0, step)

    if wide and (rowwise or activation is not None):
        assert THREADS == ROWS * LANES
        wide_row = compile_wide_row(loss, activation, dtype, cuda, jit).both

        @jit
        def lose(
            outputs, targets, ids, width, losses, mine, columns, scale, constants, loss_numbers, first_bad, step, thread
        ):  # fmt: skip
            area, own, lane = ROWS * columns, thread >> 5, thread & 31
            z = advance(outputs, own * columns)
            delta, work, activated = advance(z, area), advance(z, 2 * area), advance(z, 3 * area)
            if own < mine:
                target = advance(targets, load(ids, own) * width)
                found = wide_row(z, activated, target, delta, work, columns, scale, loss_numbers, lane)
                if lane == 0:
                    store(losses, own, found)
                    watch(advance(losses, own), first_bad, step)
            else:
                for j in range(lane, columns, LANES):
                    store(delta, j, zero(delta))
            cuda.syncthreads()

    elif rowwise or activation is not None:  # a thread a row
        both = row_loss(jit, unit, value, rowwise, classes)[1]
        before, after = _around(activation, dtype, jit)

        @jit
        def lose(
            outputs, targets, ids, width, losses, mine, columns, scale, constants, loss_numbers, first_bad, step, thread
        ):  # fmt: skip
            area = ROWS * columns
            if thread < ROWS:
                z = advance(outputs, thread * columns)
                delta, work, activated = advance(z, area), advance(z, 2 * area), advance(z, 3 * area)
                if thread < mine:
                    y = before(z, activated, columns, constants)
                    target, own = advance(targets, load(ids, thread) * width), advance(losses, thread)
                    both(y, target, delta, work, own, columns, scale, load_tuple(loss_numbers, numbers))
                    after(z, y, delta, work, columns, constants)
                    watch(own, first_bad, step)
                else:
                    for j in range(columns):
                        store(delta, j, zero(delta))
            cuda.syncthreads()

    else:
        both_at = elementwise_loss_bodies(unit, value, jit).both

        @jit
        def lose(
            outputs, targets, ids, width, losses, mine, columns, scale, constants, loss_numbers, first_bad, step, thread
        ):  # fmt: skip
            area = ROWS * columns
            parameters = load_tuple(loss_numbers, numbers)
            work = advance(outputs, 2 * area)
            for k in range(thread, area, THREADS):
                r = I64(U32(k) // U32(columns))
                y = advance(outputs, k)
                if r < mine:
                    target = advance(targets, load(ids, r) * width + k - r * columns)
                    both_at(y, target, advance(y, area), advance(work, k), 0, scale, parameters)
                else:
                    store(y, area, zero(y))
            cuda.syncthreads()
            if thread < mine:
                total = load(work, thread * columns)
                for j in range(1, columns):
                    total += load(work, thread * columns + j)
                own = advance(losses, thread)
                store(own, 0, total)
                watch(own, first_bad, step)

    return lose


def _around(activation: Bound | None, dtype: str, jit: Jit) -> tuple[Any, Any]:
    """Compile what comes before and after the loss of a row: a row-wise activation, or nothing."""
    if activation is None:

        @jit
        def before(z, activated, columns, constants):
            return z

        @jit
        def after(z, y, delta, work, columns, constants):
            pass

        return before, after

    forward, backward = formula.activation_value(activation, dtype), formula.activation_unit(activation, dtype)
    count = len(activation.numbers)
    activate_row, backward_row = row_activation_body(forward, jit), row_backward_body(backward, jit)

    @jit
    def activated_row(z, activated, columns, constants):
        activate_row(z, activated, 0, columns, load_tuple(constants, count))
        return activated

    @jit
    def through_row(z, y, delta, work, columns, constants):
        backward_row(z, y, delta, work, 0, columns, load_tuple(constants, count))
        for j in range(columns):
            store(delta, j, load(work, j))

    return activated_row, through_row


def through_activation(trainable: bool, rowwise: bool, jit: Jit) -> Any:
    """Compile through(d, e, plane, trainables, total), which replaces the derivative d by dL/dZ = total * d.

    The derivatives with respect to trainable parameters are multiplied by ``total``. rowwise: there is no derivative.
    """

    @jit
    def through(d, e, plane, trainables, total):
        if trainable:
            for p in range(trainables):
                store(e, p * plane, load(e, p * plane) * total)
        if not rowwise:
            total = total * load(d, 0)
        store(d, 0, total)

    return through
