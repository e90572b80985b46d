"""A run of mini-batches in one cooperative launch, for a network that fits a multiprocessor's shared memory.

Each block takes ROWS samples of the batch at a time, from the gather to its part of every gradient, all in shared
memory. Barrier of the grid. Each block adds up the parts of its share of the parameters, in the order of the blocks,
and updates them. Barrier. So a step has two barriers of the grid, however many layers there are; a third one where the
norm of the whole gradient is needed. A card without room for all blocks at once runs fewer; each then does the work of
several, in the same order, so that no bit depends on the card. The network's shape is data. The second axis of the grid
is free for further networks.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastnn import formula
from fastnn.buffers import ALIGNMENT
from fastnn.cuda.kernel import Kernel, Variant, arguments
from fastnn.cuda.kernels.norm import norm_and_factor
from fastnn.cuda.kernels.resident import COLUMNS, FAN_IN, FAN_OUT, INPUT, NUMBERS, PITCH, ROWS, THREADS
from fastnn.cuda.kernels.resident_formulas import losing
from fastnn.cuda.kernels.resident_layers import compile_layers
from fastnn.cuda.kernels.squares import square_parts
from fastnn.cuda.kernels.tile import block_sums
from fastnn.cuda.vectors import ALIGNED
from fastnn.kernels.optimizer import formulas, update_body
from fastnn.kernels.pointers import advance, cast, load, load_tuple, pointer, row, store, zero
from fastnn.parts.kinds import Bound

MOST_SHARED = 64 * 1024  # bytes of shared memory that a block may use on every card from compute capability 7.5 on

STEPS = Kernel(
    "steps",
    arguments(
        "real* data, real* targets, i4* ids, i8 width, i8 samples, i8 batch, i8 first, i8 end, i8 blocks, i8 at_once, "
        "i8 rounds, "
        "i8* table, i8 layers, i8 outputs, real* parameters, i8 size, real* parts, real* state, i8 stride, u1* live, "
        "real* penalties, i8 penalized, real* numbers, real* loss_numbers, real* hyper, real* scalars, real* losses, "
        "u8 dropout_key, real* squares, i8 clip, real limit, real* result, i4* first_bad, i8 checks"
    ),
    grid=lambda a: (min(a["blocks"], a["at_once"]), 1),
    block=(THREADS, 1),
    registers=255,  # all that a thread can have: a block has a multiprocessor for itself
    most_shared=MOST_SHARED,
    cooperative=True,
)


def steps(
    kinds: Sequence[Bound],
    last: Bound,
    loss: Bound,
    optimizer: Bound,
    wide: bool,
    drops: bool,
    measures: bool,
    dtype: str,
) -> Variant:
    """Return the kernel that makes the steps first ... end - 1 of an epoch.

    kinds: the elementwise activations, each once. last: the activation of the output layer. wide: a row of outputs has
    a warp where row-wise parts have one. drops: there is dropout. measures: the norm of the gradient is measured, and
    clipped to ``limit`` if clip is not 0; result[0] becomes the largest norm so far. blocks: how many share a batch;
    at_once: how many can run. parts: ``size`` numbers for each. penalties: l1 and l2 for each ALIGNMENT bytes of
    parameters. checks: after the last step. Other arguments are those of the kernels for single parts of a step.
    """
    unit, _, scalar_count = formulas(optimizer, dtype)
    hyper_count, group = len(optimizer.numbers), ALIGNMENT // {"float32": 4, "float64": 8}[dtype]
    trainable = any(bound.part.trainable for bound in kinds)
    elements_of_loss = not loss.part.rowwise
    bounds = (*kinds, last, loss)
    keys = [_key(bound, dtype) for bound in bounds] + [unit.key, f"{hyper_count} {scalar_count}"]

    def make(cuda, jit, real):
        for bound in bounds:
            formula.verify(bound)
        layer_of = compile_layers(kinds, last, drops, dtype, cuda, jit)
        take_parameters, take_samples, forward = layer_of.take_parameters, layer_of.take_samples, layer_of.forward
        start_backward, backward = layer_of.start_backward, layer_of.backward
        gradients, trainable_gradients = layer_of.gradients, layer_of.trainable_gradients
        lose = losing(loss, last if last.part.rowwise else None, wide, dtype, cuda, jit)
        update_at, parts_of, measure = update_body(unit, jit), square_parts(jit), norm_and_factor(jit)
        totals_of = block_sums(cuda, jit, real)

        def body(
            data, targets, ids, width, samples, batch, first, end, blocks, at_once, rounds, table, layers, outputs,
            parameters, size, parts, state, stride, live, penalties, penalized, numbers, loss_numbers, hyper, scalars,
            losses, dropout_key, squares, clip, limit, result, first_bad, checks,
        ):  # fmt: skip
            m = pointer(cuda.shared.array(0, real, alignment=ALIGNED))
            thread, me, teams = cuda.threadIdx.x, cuda.blockIdx.x, cuda.gridDim.x
            lane, warp = thread & 31, thread >> 5
            meeting = cuda.cg.this_grid()
            final = advance(table, (layers - 1) * COLUMNS)
            columns, none, one = load(final, FAN_OUT), zero(m), cast(m, 1.0)
            deltas = outputs + ROWS * columns
            for step in range(first, end):
                start = step * batch
                total = min(batch, samples - start)
                scale = one / cast(m, total * columns if elements_of_loss else total)
                take_parameters(m, table, layers, parameters, warp, lane)
                for share in range(me, blocks, teams):
                    part = advance(parts, share * size)
                    for number in range(rounds):
                        place = (share * rounds + number) * ROWS
                        mine, begin = min(ROWS, total - place), start + place
                        own = advance(ids, begin)
                        take_samples(m, load(table, INPUT), data, own, mine, load(table, FAN_IN), warp, lane)
                        cuda.syncthreads()
                        for layer in range(layers):
                            q = advance(table, layer * COLUMNS)
                            y, feature, across = outputs, 1, columns
                            if layer + 1 < layers:
                                y, feature, across = load(q, COLUMNS + INPUT), PITCH, 1
                            forward(
                                m, q, layer, y, across, feature, parameters, numbers, own, mine, dropout_key, thread
                            )  # fmt: skip
                            cuda.syncthreads()
                        lose(
                            advance(m, outputs), targets, own, width, advance(losses, begin), mine, columns, scale,
                            advance(numbers, load(final, NUMBERS) + 1), loss_numbers, first_bad, step, thread,
                        )  # fmt: skip
                        start_backward(m, final, deltas, thread)
                        cuda.syncthreads()
                        for layer in range(layers - 1, -1, -1):
                            q = advance(table, layer * COLUMNS)
                            gradients(m, q, part, mine, number > 0, thread)
                            if layer > 0:
                                backward(m, q, thread)
                            cuda.syncthreads()
                        if trainable:
                            trainable_gradients(m, table, layers, part, number > 0, thread)
                meeting.sync()
                if load(first_bad, 0) <= step:
                    break
                for share in range(me, blocks, teams):
                    small = large = none
                    for i in range(share * THREADS + thread, size, blocks * THREADS):
                        if i % group < load(live, i // group):
                            g = load(parts, i)
                            for b in range(1, blocks):
                                g += load(parts, b * size + i)
                            if penalized != 0:
                                l1, l2 = load(penalties, i // group * 2), load(penalties, i // group * 2 + 1)
                                if l1 != none or l2 != none:
                                    w = load(parameters, i)
                                    above, below = l1 if w > none else none, l1 if w < none else none
                                    g = g + (l2 * w + (above - below))
                            store(parts, i, g)
                            if measures:
                                more_small, more_large = parts_of(g, none)
                                small, large = small + more_small, large + more_large
                    if measures:
                        small, large = totals_of(small, large, thread)
                        if thread == 0:
                            store(squares, 2 * share, small)
                            store(squares, 2 * share + 1, large)
                        cuda.syncthreads()
                factor = one
                if measures:
                    meeting.sync()
                    small = large = none
                    for b in range(blocks):
                        small += load(squares, 2 * b)
                        large += load(squares, 2 * b + 1)
                    norm, factor = measure(small, large, clip, limit, squares)
                    if me == 0 and thread == 0 and not norm <= load(result, 0):
                        store(result, 0, norm)
                constants = load_tuple(hyper, hyper_count) + load_tuple(
                    advance(scalars, step * (scalar_count + 1)), scalar_count
                )  # fmt: skip
                for share in range(me, blocks, teams):
                    for i in range(share * THREADS + thread, size, blocks * THREADS):
                        if i % group < load(live, i // group):
                            update_at(parameters, parts, state, stride, i, factor, constants)
                            p = load(parameters, i)
                            if checks != 0 and step + 1 == end and p - p != none:  # NaN
                                cuda.atomic.min(row(first_bad, 2), 1, 0)
                meeting.sync()

        return body

    return Variant(STEPS, dtype, f"{keys} {trainable} {wide} {drops} {measures} {elements_of_loss}", make)


def _key(bound: Bound, dtype: str) -> str:
    """Return everything of an activation or a loss that the code depends on."""
    if bound.part.kind == "loss":
        unit, value, more = formula.loss_unit(bound, dtype), formula.loss_value(bound, dtype), bound.part.target
    else:
        unit, value = formula.activation_unit(bound, dtype), formula.activation_value(bound, dtype)
        more = len(bound.part.trainable)
    return f"{unit.key} {value.key} {len(bound.numbers)} {bound.part.rowwise} {more}"
