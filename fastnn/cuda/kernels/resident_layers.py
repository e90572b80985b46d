"""The layers of a network in shared memory: forward, backward, and a block's part of the gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from fastnn.cuda.kernels.resident import (
    BIAS,
    COLUMNS,
    DELTA,
    FAN_IN,
    FAN_OUT,
    INPUT,
    KIND,
    NUMBERS,
    OWN_WEIGHTS,
    PITCH,
    PLANES,
    ROWS,
    THREADS,
    THRESHOLD,
    TRAINABLE,
    TRAINABLES,
    WEIGHTS,
    compile_products,
)
from fastnn.cuda.kernels.resident_formulas import activations, dropping, through_activation
from fastnn.kernels.pointers import advance, load, store, zero
from fastnn.parts.kinds import Bound

WARPS = THREADS // 32


class Layers(NamedTuple):
    """The compiled functions below, which all threads of a block call.

    m: shared memory. table: a row for each layer; q: the row of one. mine: how many samples the block has.
    """

    take_parameters: Any
    take_samples: Any
    forward: Any
    start_backward: Any
    backward: Any
    gradients: Any
    trainable_gradients: Any


def compile_layers(
    kinds: Sequence[Bound], last: Bound, drops: bool, dtype: str, cuda: Any, jit: Callable[[Callable], Any]
) -> Layers:
    """Compile the functions. kinds: the elementwise activations. last: the output layer's. drops: there is dropout."""
    trainable = any(bound.part.trainable for bound in kinds)
    product, weight_gradient, sum_rows = compile_products(cuda, jit)
    activate, factor_of = activations(kinds, dtype, jit), dropping(jit)
    through = through_activation(trainable, False, jit)
    through_last = through_activation(trainable, last.part.rowwise, jit)

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
            for j in range(max(0, min(4, mine - r))):  # a number unknown to the compiler, which would unroll it
                unit, slope, slopes = advance(to, j * step), advance(d, j), advance(e, j)
                activate(load(q, KIND), unit, slope, slopes, plane, trainables, constants)
                if drops and load(q, THRESHOLD) != 0:
                    sample, scale = load(ids, r + j), load(constants, -1)
                    factor = factor_of(key, number, sample, n, load(q, THRESHOLD), scale, zero(m))
                    multiply(unit, slope, slopes, plane, load(q, TRAINABLES), factor)
            for j in range(max(0, min(4, mine - r)), 4):
                clear(advance(to, j * step), advance(d, j), advance(e, j), plane, load(q, TRAINABLES))

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
    def backward(m, q, thread):
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
    def gradients(m, q, part, mine, accumulate, thread):
        """Compute the block's part of the gradients of one layer."""
        inner, columns, delta = load(q, FAN_IN), load(q, FAN_OUT), load(q, DELTA)
        weight_gradient(
            m, load(q, INPUT), delta, inner, columns, mine, thread, advance(part, load(q, WEIGHTS)), accumulate
        )  # fmt: skip
        bias = advance(part, load(q, BIAS))
        for n in range(thread, columns, THREADS):
            total = zero(m)
            if accumulate:
                total = load(bias, n)
            store(bias, n, sum_rows(m, delta + n * PITCH, mine, total))
            if trainable:
                for p in range(load(q, TRAINABLES)):
                    at = load(q, PLANES) + (p * columns + n) * PITCH
                    store(m, at, sum_rows(m, at, mine, zero(m)))

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

    return Layers(take_parameters, take_samples, forward, start_backward, backward, gradients, trainable_gradients)
