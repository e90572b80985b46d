"""A run of mini-batches in one cooperative launch, for a network that fits a multiprocessor's shared memory.

Each block takes ROWS samples of the batch at a time, from the gather to its part of every gradient, all in shared
memory. Barrier of the grid. Each block adds up the parts of its share of the parameters, in the order of the blocks,
and updates them. Barrier. So a step has two barriers of the grid, however many layers there are; a third one where the
norm of the whole gradient is needed. The network's shape is data. The second axis of the grid is free for further
networks.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastnn import formula
from fastnn.buffers import ALIGNMENT
from fastnn.cuda.kernel import Kernel, Variant, arguments
from fastnn.cuda.kernels import resident
from fastnn.cuda.kernels.norm import norm_and_factor
from fastnn.cuda.kernels.resident import COLUMNS, PITCH, ROWS, THREADS, compile_products
from fastnn.cuda.kernels.resident_layers import activations, dropping, losing, through_activation
from fastnn.cuda.kernels.squares import square_parts
from fastnn.cuda.kernels.tile import block_sum
from fastnn.cuda.vectors import ALIGNED
from fastnn.kernels.optimizer import formulas, update_body
from fastnn.kernels.pointers import advance, cast, load, load_tuple, pointer, store, zero
from fastnn.parts.kinds import Bound

MOST_SHARED = 64 * 1024  # bytes of shared memory that a block may use on every card from compute capability 7.5 on

STEPS = Kernel(
    "steps",
    arguments(
        "real* data, real* targets, i4* ids, i8 width, i8 samples, i8 batch, i8 first, i8 end, i8 blocks, i8 rounds, "
        "i8* table, i8 layers, i8 outputs, real* parameters, i8 size, real* parts, real* state, i8 stride, u1* live, "
        "real* penalties, i8 penalized, real* numbers, real* loss_numbers, real* hyper, real* scalars, real* losses, "
        "u8 dropout_key, real* squares, i8 clip, real limit, real* result, i4* first_bad"
    ),
    grid=lambda a: (a["blocks"], 1),
    block=(THREADS, 1),
    registers=255,  # a block has a multiprocessor for itself
    most_shared=MOST_SHARED,
    cooperative=True,
)


def steps(
    kinds: Sequence[Bound], last: Bound, loss: Bound, optimizer: Bound, drops: bool, measures: bool, dtype: str
) -> Variant:
    """Return the kernel that makes the steps first ... end - 1 of an epoch.

    kinds: the elementwise activations, each once. last: the activation of the output layer. drops: there is dropout.
    measures: the norm of the gradient is measured, and clipped to ``limit`` if clip is not 0; result[0] becomes the
    largest norm so far. parts: ``size`` numbers for each block. penalties: l1 and l2 for each ALIGNMENT bytes of
    parameters. Other arguments are those of the kernels for single parts of a step.
    """
    unit, _, scalar_count = formulas(optimizer, dtype)
    hyper_count, group = len(optimizer.numbers), ALIGNMENT // {"float32": 4, "float64": 8}[dtype]
    trainable, rowwise = any(bound.part.trainable for bound in kinds), last if last.part.rowwise else None
    elements_of_loss = not loss.part.rowwise
    bounds = (*kinds, last, loss)
    keys = [_key(bound, dtype) for bound in bounds] + [unit.key, f"{hyper_count} {scalar_count}"]

    def make(cuda, jit, real):
        products = compile_products(cuda, jit)
        product, weight_gradient, sum_rows = products
        activate, factor_of = activations(kinds, dtype, jit), dropping(jit)
        lose = losing(loss, rowwise, dtype, cuda, jit)
        through, through_last = through_activation(trainable, False, jit), through_activation(trainable, last.part.rowwise, jit)
        update_at, parts_of, measure = update_body(unit, jit), square_parts(jit), norm_and_factor(jit)
        total_of = block_sum(cuda, jit, real)
        FAN_IN, FAN_OUT, WEIGHTS, BIAS = resident.FAN_IN, resident.FAN_OUT, resident.WEIGHTS, resident.BIAS
        TRAINABLE, TRAINABLES, OWN_WEIGHTS = resident.TRAINABLE, resident.TRAINABLES, resident.OWN_WEIGHTS
        INPUT, DELTA, PLANES = resident.INPUT, resident.DELTA, resident.PLANES
        KIND, NUMBERS, THRESHOLD = resident.KIND, resident.NUMBERS, resident.THRESHOLD
        WARPS = THREADS // 32

        @jit
        def take_parameters(m, table, layers, parameters, warp, lane):
            """Copy all weights and biases to shared memory, the bias of a layer as one more row of its weights."""
            for number in range(layers):
                q = advance(table, number * COLUMNS)
                inner, columns = load(q, FAN_IN), load(q, FAN_OUT)
                for k in range(warp, inner + 1, WARPS):
                    source = load(q, WEIGHTS) + k * columns if k < inner else load(q, BIAS)
                    target = load(q, OWN_WEIGHTS) + k * (columns | 1)
                    for n in range(lane, columns, 32):
                        store(m, target + n, load(parameters, source + n))

        @jit
        def take_samples(m, at, data, ids, mine, inner, warp, lane):
            """Copy the samples of the block to shared memory; zeros where there are fewer than ROWS."""
            for r in range(warp, ROWS, WARPS):
                source = advance(data, load(ids, r) * inner if r < mine else 0)
                for k in range(lane, inner, 32):
                    store(m, at + k * PITCH + r, load(source, k) if r < mine else zero(data))

        @jit
        def multiply(unit, slope, slopes, plane, trainables, factor):
            store(unit, 0, load(unit, 0) * factor)
            store(slope, 0, load(slope, 0) * factor)
            if trainable:
                for p in range(trainables):
                    store(slopes, p * plane, load(slopes, p * plane) * factor)

        @jit
        def clear(unit, slope, slopes, plane, trainables):
            """Leave nothing of a sample that is not there: not even of a formula that is infinite at 0."""
            store(unit, 0, zero(unit))
            store(slope, 0, zero(unit))
            if trainable:
                for p in range(trainables):
                    store(slopes, p * plane, zero(unit))

        @jit
        def forward(m, q, number, y, step, feature, parameters, numbers, ids, mine, key, thread):
            """Compute one layer. Feature n of sample r goes to y[n * feature + r * step]."""
            inner, columns, own = load(q, FAN_IN), load(q, FAN_OUT), load(q, OWN_WEIGHTS)
            pitch, plane = columns | 1, columns * PITCH
            trainables = advance(parameters, load(q, TRAINABLE))
            constants = advance(numbers, load(q, NUMBERS) + 1)
            for task in range(thread, columns * (ROWS // 4), THREADS):
                n, r = task // (ROWS // 4), task % (ROWS // 4) * 4
                b = load(m, own + inner * pitch + n)
                z = product(m, own + n, pitch, load(q, INPUT) + r, inner, (b, b, b, b))
                to, d = advance(m, y + n * feature + r * step), advance(m, load(q, DELTA) + n * PITCH + r)
                e = advance(m, load(q, PLANES) + n * PITCH + r)
                store(to, 0, z[0])
                store(to, step, z[1])
                store(to, 2 * step, z[2])
                store(to, 3 * step, z[3])
                for j in range(4):
                    unit, slope, slopes = advance(to, j * step), advance(d, j), advance(e, j)
                    if r + j < mine:
                        activate(load(q, KIND), unit, slope, slopes, plane, trainables, constants)
                        if drops and load(q, THRESHOLD) != 0:
                            sample, scale = load(ids, r + j), load(constants, -1)
                            factor = factor_of(key, number, sample, n, load(q, THRESHOLD), scale, zero(m))
                            multiply(unit, slope, slopes, plane, load(q, TRAINABLES), factor)
                    else:
                        clear(unit, slope, slopes, plane, load(q, TRAINABLES))

        @jit
        def start_backward(m, q, deltas, thread):
            """Compute dL/dZ of the last layer from the loss's gradient ``deltas``, which is row-major."""
            columns = load(q, FAN_OUT)
            for k in range(thread, ROWS * columns, THREADS):
                n, r = k // ROWS, k % ROWS
                at = n * PITCH + r
                d, e = advance(m, load(q, DELTA) + at), advance(m, load(q, PLANES) + at)
                through_last(d, e, columns * PITCH, load(q, TRAINABLES), load(m, deltas + r * columns + n))

        @jit
        def backward(m, q, mine, thread):
            """Compute dL/dZ of the layer before this one."""
            inner, columns, own = load(q, FAN_IN), load(q, FAN_OUT), load(q, OWN_WEIGHTS)
            pitch, before, none = columns | 1, advance(q, -COLUMNS), zero(m)
            count, plane = load(before, TRAINABLES), inner * PITCH
            for task in range(thread, inner * (ROWS // 4), THREADS):
                k, r = task // (ROWS // 4), task % (ROWS // 4) * 4
                z = product(m, own + k * pitch, 1, load(q, DELTA) + r, columns, (none, none, none, none))
                at = k * PITCH + r
                d, e = advance(m, load(before, DELTA) + at), advance(m, load(before, PLANES) + at)
                through(d, e, plane, count, z[0])
                through(advance(d, 1), advance(e, 1), plane, count, z[1])
                through(advance(d, 2), advance(e, 2), plane, count, z[2])
                through(advance(d, 3), advance(e, 3), plane, count, z[3])

        @jit
        def gradients(m, q, part, accumulate, thread):
            """Compute the block's part of the gradients of one layer."""
            inner, columns, delta = load(q, FAN_IN), load(q, FAN_OUT), load(q, DELTA)
            weight_gradient(
                m, load(q, INPUT), delta, inner, columns, thread, advance(part, load(q, WEIGHTS)), accumulate
            )  # fmt: skip
            bias = advance(part, load(q, BIAS))
            for n in range(thread, columns, THREADS):
                total = zero(m)
                if accumulate:
                    total = load(bias, n)
                store(bias, n, sum_rows(m, delta + n * PITCH, total))
                if trainable:
                    for p in range(load(q, TRAINABLES)):
                        at = load(q, PLANES) + (p * columns + n) * PITCH
                        store(m, at, sum_rows(m, at, zero(m)))

        @jit
        def trainable_gradients(m, table, layers, part, accumulate, thread):
            """Add up the sums of the features, which ``gradients`` has left at the begin of each."""
            for number in range(layers):
                q = advance(table, number * COLUMNS)
                columns = load(q, FAN_OUT)
                for p in range(thread, load(q, TRAINABLES), THREADS):
                    own = load(q, TRAINABLE) + p
                    total = zero(m)
                    if accumulate:
                        total = load(part, own)
                    for n in range(columns):
                        total += load(m, load(q, PLANES) + (p * columns + n) * PITCH)
                    store(part, own, total)

        def body(
            data, targets, ids, width, samples, batch, first, end, blocks, rounds, table, layers, outputs, parameters,
            size, parts, state, stride, live, penalties, penalized, numbers, loss_numbers, hyper, scalars, losses,
            dropout_key, squares, clip, limit, result, first_bad,
        ):  # fmt: skip
            m = pointer(cuda.shared.array(0, real, alignment=ALIGNED))
            thread, me = cuda.threadIdx.x, cuda.blockIdx.x
            lane, warp = thread & 31, thread >> 5
            meeting = cuda.cg.this_grid()
            part, final = advance(parts, me * size), advance(table, (layers - 1) * COLUMNS)
            columns, none, one = load(final, FAN_OUT), zero(m), cast(m, 1.0)
            deltas = outputs + ROWS * columns
            for step in range(first, end):
                start = step * batch
                total = min(batch, samples - start)
                scale = one / cast(m, total * columns if elements_of_loss else total)
                take_parameters(m, table, layers, parameters, warp, lane)
                for number in range(rounds):
                    place = (me * rounds + number) * ROWS
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
                    cuda.syncthreads()
                    start_backward(m, final, deltas, thread)
                    cuda.syncthreads()
                    for layer in range(layers - 1, -1, -1):
                        q = advance(table, layer * COLUMNS)
                        gradients(m, q, part, number > 0, thread)
                        if layer > 0:
                            backward(m, q, mine, thread)
                        cuda.syncthreads()
                    if trainable:
                        trainable_gradients(m, table, layers, part, number > 0, thread)
                        cuda.syncthreads()
                meeting.sync()
                if load(first_bad, 0) <= step:
                    break
                small = large = none
                for i in range(me * THREADS + thread, size, blocks * THREADS):
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
                factor = one
                if measures:
                    small, large = total_of(small, thread), total_of(large, thread)
                    if thread == 0:
                        store(squares, 2 * me, small)
                        store(squares, 2 * me + 1, large)
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
                for i in range(me * THREADS + thread, size, blocks * THREADS):
                    if i % group < load(live, i // group):
                        update_at(parameters, parts, state, stride, i, factor, constants)
                meeting.sync()

        return body

    return Variant(STEPS, dtype, f"{keys} {trainable} {drops} {measures} {elements_of_loss}", make)


def _key(bound: Bound, dtype: str) -> str:
    """Return everything of an activation or a loss that the code depends on."""
    if bound.part.kind == "loss":
        unit, value, more = formula.loss_unit(bound, dtype), formula.loss_value(bound, dtype), bound.part.target
    else:
        unit, value = formula.activation_unit(bound, dtype), formula.activation_value(bound, dtype)
        more = len(bound.part.trainable)
    return f"{unit.key} {value.key} {len(bound.numbers)} {bound.part.rowwise} {more}"
