"""The engine's last phase: penalties, the gradient's global norm, and the optimizer's update of a thread's share."""

from __future__ import annotations

import math

from numba import njit

from fastnn.cpu import engine_data
from fastnn.cpu.barrier import share
from fastnn.cpu.compiled import INNER
from fastnn.cpu.engine_data import WEIGHT_GRAIN
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.native import call
from fastnn.cpu.optimizer import penalise, sum_of_squares
from fastnn.kernels.optimizer import CLIP_EPSILON
from fastnn.kernels.pointers import advance, cast, load, store

blocks_of = njit(**INNER)(engine_data.blocks_of)


@njit(**INNER)
def finish_weights(low, high, job, layer, buffers):
    """Finish rows low ... high-1 of a layer's dW."""
    p, g, N = buffers.parameters, buffers.gradients, layer.fan_out
    l1, l2 = cast(p, layer.l1), cast(p, layer.l2)
    if l1 != 0 or l2 != 0:
        offset = layer.weights + low * N
        penalise(advance(p, offset), advance(g, offset), (high - low) * N, l1, l2)
    if job.measure_norm:
        squares_of(layer.squares, low, high, N, advance(g, layer.weights), buffers.squares)
    elif job.update:
        update_weights(low, high, job, layer, buffers, cast(p, 1.0))


@njit(**INNER)
def finish_bias(low, high, job, layer, buffers):
    """Finish numbers low ... high-1 of a layer's db."""
    if job.measure_norm:
        place = layer.squares + blocks_of(layer.fan_in)
        squares_of(place, low, high, 1, advance(buffers.gradients, layer.bias), buffers.squares)
    elif job.update:
        update_bias(low, high, job, layer, buffers, cast(buffers.parameters, 1.0))


@njit(**INNER)
def finish_trainable(job, layer, buffers):
    """Finish the gradients of the trainable parameters of a layer's activation."""
    if job.measure_norm:
        place = layer.squares + blocks_of(layer.fan_in) + blocks_of(layer.fan_out)
        g = advance(buffers.gradients, layer.trainable)
        store(buffers.squares, place, sum_of_squares(g, layer.trainable_count))
    elif job.update:
        update_trainable(job, layer, buffers, cast(buffers.parameters, 1.0))


@njit(**INNER)
def squares_of(place, low, high, width, g, squares):
    """Store the sum of squares of each block of rows low ... high-1 of a gradient. place: that of row 0."""
    for row in range(low, high, WEIGHT_GRAIN):
        n = (min(row + WEIGHT_GRAIN, high) - row) * width
        store(squares, place + row // WEIGHT_GRAIN, sum_of_squares(advance(g, row * width), n))


@njit(**INNER)
def clip_factor(member, job, buffers):
    """Return the factor that clips the gradient to the norm job.clip_norm. Record the norm if it is the largest."""
    total = 0.0
    for i in range(job.squares_count):
        total += load(buffers.squares, i)
    norm = math.sqrt(total)
    if member == 0 and not norm <= load(buffers.largest_norm, 0):
        store(buffers.largest_norm, 0, norm)
    return min(1.0, job.clip_norm / (norm + CLIP_EPSILON)) if job.clip else 1.0


@njit(**INNER)
def update_all(member, team, job, layers, buffers, factor):
    """Update this thread's share of all parameters, with the gradient multiplied by ``factor``."""
    by = cast(buffers.parameters, factor)
    for number in range(len(layers)):
        layer = layers[number]
        low, high = share(layer.fan_in, member, team, WEIGHT_GRAIN)
        if low < high:
            update_weights(low, high, job, layer, buffers, by)
        low, high = share(layer.fan_out, team - 1 - member, team, WEIGHT_GRAIN)
        if low < high:
            update_bias(low, high, job, layer, buffers, by)
        if member == 0 and layer.trainable_count > 0:
            update_trainable(job, layer, buffers, by)


@njit(**INNER)
def update_weights(low, high, job, layer, buffers, factor):
    """Update rows low ... high-1 of a layer's weights."""
    apply_rule(layer.weights + low * layer.fan_out, (high - low) * layer.fan_out, job, buffers, factor)


@njit(**INNER)
def update_bias(low, high, job, layer, buffers, factor):
    """Update numbers low ... high-1 of a layer's bias."""
    apply_rule(layer.bias + low, high - low, job, buffers, factor)


@njit(**INNER)
def update_trainable(job, layer, buffers, factor):
    """Update the trainable parameters of a layer's activation."""
    apply_rule(layer.trainable, layer.trainable_count, job, buffers, factor)


@njit(**INNER)
def scalars_of(buffers):
    """Return the place of the optimizer's per-step scalars in this thread's scratch."""
    return advance(buffers.scratch, SCRATCH)


@njit(**INNER)
def apply_rule(offset, n, job, buffers, factor):
    """Call the optimizer's kernel for ``n`` parameters."""
    p, g, state = buffers.parameters, buffers.gradients, buffers.state
    own = (advance(p, offset), advance(g, offset), advance(state, offset))
    call(job.rule, (*own, job.state_stride, n, factor, buffers.hyper, scalars_of(buffers)))
