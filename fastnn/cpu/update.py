"""The engine's last phase: penalties, the gradient's norm, and the optimizer's rule on a member's pieces."""

from __future__ import annotations

import math

from numba import njit

from fastnn.cpu import table as t
from fastnn.cpu.barrier import share
from fastnn.cpu.compiled import INNER
from fastnn.cpu.native import call
from fastnn.cpu.optimizer import penalise, sum_of_squares
from fastnn.kernels.pointers import advance, cast, load, store

CLIP_EPSILON = 1e-6  # as PyTorch's clip_grad_norm_: factor = clip / (norm + epsilon), at most 1

blocks_of = njit(**INNER)(t.blocks_of)


@njit(**INNER)
def weights_done(low, high, layer, job, layers, reals, p, g, s, hyper, scalars, blocks):
    """Finish rows low ... high-1 of a layer's weights."""
    N = layers[layer, t.FAN_OUT]
    offset = layers[layer, t.WEIGHTS] + low * N
    l1, l2 = reals[layer, t.L1], reals[layer, t.L2]
    if l1 != 0 or l2 != 0:
        penalise(advance(p, offset), advance(g, offset), (high - low) * N, l1, l2)
    if job[t.NORM] != 0:
        first = layers[layer, t.BLOCKS] + low // t.W_GRAIN
        squares(first, low, high, N, advance(g, layers[layer, t.WEIGHTS]), blocks)
    elif job[t.UPDATE] != 0:
        update_weights(low, high, layer, job, layers, p, g, s, hyper, scalars, cast(p, 1.0))


@njit(**INNER)
def bias_done(low, high, layer, job, layers, p, g, s, hyper, scalars, blocks):
    """Finish numbers low ... high-1 of a layer's bias."""
    if job[t.NORM] != 0:
        weight_blocks = blocks_of(layers[layer, t.FAN_IN])
        first = layers[layer, t.BLOCKS] + weight_blocks + low // t.W_GRAIN
        squares(first, low, high, 1, advance(g, layers[layer, t.BIAS]), blocks)
    elif job[t.UPDATE] != 0:
        update_bias(low, high, layer, job, layers, p, g, s, hyper, scalars, cast(p, 1.0))


@njit(**INNER)
def learnt_done(layer, job, layers, p, g, s, hyper, scalars, blocks):
    """Finish the trainable parameters of a layer's activation."""
    if job[t.NORM] != 0:
        count = layers[layer, t.LEARNT_COUNT]
        place = layers[layer, t.BLOCKS] + blocks_of(layers[layer, t.FAN_IN]) + blocks_of(layers[layer, t.FAN_OUT])
        store(blocks, place, sum_of_squares(advance(g, layers[layer, t.LEARNT]), count))
    elif job[t.UPDATE] != 0:
        update_learnt(layer, job, layers, p, g, s, hyper, scalars, cast(p, 1.0))


@njit(**INNER)
def squares(first, low, high, width, g, blocks):
    """The sums of squares of every W_GRAIN rows of a gradient, from row ``low``, into blocks[first:]."""
    for row in range(low, high, t.W_GRAIN):
        n = (min(row + t.W_GRAIN, high) - row) * width
        store(blocks, first + (row - low) // t.W_GRAIN, sum_of_squares(advance(g, row * width), n))


@njit(**INNER)
def clip_factor(member, job, norms, blocks):
    """What the gradient is multiplied by; the largest norm so far goes into norms[1]."""
    total = 0.0
    for i in range(job[t.BLOCK_COUNT]):
        total += load(blocks, i)
    norm = math.sqrt(total)
    if member == 0 and not norm <= norms[1]:
        norms[1] = norm
    return min(1.0, norms[0] / (norm + CLIP_EPSILON)) if job[t.NORM] == 2 else 1.0


@njit(**INNER)
def update_all(member, team, job, layers, p, g, s, hyper, scalars, factor):
    """The rule on all of the member's pieces, with the gradient multiplied by ``factor``."""
    by = cast(p, factor)
    for layer in range(layers.shape[0]):
        flags = layers[layer, t.FLAGS]
        low, high = share(layers[layer, t.FAN_IN], member, team, t.W_GRAIN)
        if low < high and flags & t.TRAIN_WEIGHTS != 0:
            update_weights(low, high, layer, job, layers, p, g, s, hyper, scalars, by)
        low, high = share(layers[layer, t.FAN_OUT], team - 1 - member, team, t.W_GRAIN)
        if low < high and flags & t.TRAIN_BIAS != 0:
            update_bias(low, high, layer, job, layers, p, g, s, hyper, scalars, by)
        if member == 0 and layers[layer, t.LEARNT_COUNT] > 0 and flags & t.TRAIN_LEARNT != 0:
            update_learnt(layer, job, layers, p, g, s, hyper, scalars, by)


@njit(**INNER)
def update_weights(low, high, layer, job, layers, p, g, s, hyper, scalars, factor):
    N = layers[layer, t.FAN_OUT]
    keep = layers[layer, t.FLAGS] & t.KEEP_WEIGHTS
    apply_rule(layers[layer, t.WEIGHTS] + low * N, (high - low) * N, keep, job, p, g, s, hyper, scalars, factor)


@njit(**INNER)
def update_bias(low, high, layer, job, layers, p, g, s, hyper, scalars, factor):
    keep = layers[layer, t.FLAGS] & t.KEEP_BIAS
    apply_rule(layers[layer, t.BIAS] + low, high - low, keep, job, p, g, s, hyper, scalars, factor)


@njit(**INNER)
def update_learnt(layer, job, layers, p, g, s, hyper, scalars, factor):
    keep = layers[layer, t.FLAGS] & t.KEEP_LEARNT
    n = layers[layer, t.LEARNT_COUNT]
    apply_rule(layers[layer, t.LEARNT], n, keep, job, p, g, s, hyper, scalars, factor)


@njit(**INNER)
def apply_rule(offset, n, keep, job, p, g, s, hyper, scalars, factor):
    """The optimizer's kernel on n parameters; ``keep``: without weight decay."""
    numbers = advance(hyper, job[t.HYPER_STRIDE]) if keep != 0 else hyper
    parameters, gradients, states = advance(p, offset), advance(g, offset), advance(s, offset)
    call(job[t.RULE], (parameters, gradients, states, job[t.STRIDE], n, factor, numbers, scalars))
