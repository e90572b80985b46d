"""The engine's forward phases: gather, products and activations, loss."""

from __future__ import annotations

from numba import njit

from fastnn.cpu import table as t
from fastnn.cpu.barrier import DIVERGED, share
from fastnn.cpu.compiled import INNER
from fastnn.cpu.elementwise import copy
from fastnn.cpu.loss import all_finite
from fastnn.cpu.native import call, store_release
from fastnn.cpu.random import drop
from fastnn.cpu.rows import gather_rows
from fastnn.cpu.shared_product import GRAIN, shared_product
from fastnn.kernels.pointers import advance, cast, null


@njit(**INNER)
def gather(member, team, rows, job, layers, X, Y, ids, w):
    """The member's rows of a batch: samples ids[0], ids[1] ... and their targets, side by side."""
    features, targets = layers[0, t.FAN_IN], job[t.TARGETS]
    mine, end = share(rows, member, team, GRAIN)
    own = advance(ids, mine)
    gather_rows(X, features, own, end - mine, advance(w, job[t.GATHERED] + mine * features))
    if job[t.LOSS] != 0:
        gather_rows(Y, targets, own, end - mine, advance(w, job[t.GATHERED_TARGETS] + mine * targets))


@njit(**INNER)
def forward(member, team, rows, sync, job, layers, reals, p, w, scratch, constants, ids, dropout_key, training):
    """All layers; in training with the derivatives that the way back needs, and with dropout."""
    a = advance(w, job[t.GATHERED])
    mine, end = share(rows, member, team, GRAIN)
    for layer in range(layers.shape[0]):
        K, N = layers[layer, t.FAN_IN], layers[layer, t.FAN_OUT]
        z = advance(w, layers[layer, t.OUTPUT])
        weights, bias = advance(p, layers[layer, t.WEIGHTS]), advance(p, layers[layer, t.BIAS])
        shared_product(member, team, rows, N, K, a, weights, N, 1, z, bias, scratch, sync, job)
        if mine < end:
            activate(mine, end - mine, layer, job, layers, p, w, constants, training)
            if training and layers[layer, t.DROPOUT] != 0:
                y, d = advance(z, mine * N), advance(w, layers[layer, t.DERIVATIVE] + mine * N)
                e = advance(w, layers[layer, t.LEARNT_DERIVATIVES] + mine * N)
                drop(
                    dropout_key, layer, advance(ids, mine), end - mine, N, y, d, e,
                    layers[layer, t.LEARNT_COUNT], job[t.ROWS] * N, layers[layer, t.DROPOUT],
                    reals[layer, t.DROPOUT_SCALE],
                )  # fmt: skip
        a = z


@njit(**INNER)
def activate(first, count, layer, job, layers, p, w, constants, training):
    """The activation of ``count`` rows of a layer, in place."""
    if layers[layer, t.ACTIVATION] == 0:
        return
    N = layers[layer, t.FAN_OUT]
    z = advance(w, layers[layer, t.OUTPUT] + first * N)
    d = advance(w, layers[layer, t.DERIVATIVE] + first * N)
    numbers = advance(constants, layers[layer, t.CONSTANTS])
    if layers[layer, t.ROW_BACKWARD] != 0:
        copy(z, d, count * N)
        call(layers[layer, t.ACTIVATION], (d, z, count, N, numbers))
    else:
        e = advance(w, layers[layer, t.LEARNT_DERIVATIVES] + first * N)
        plane = job[t.ROWS] * N
        learnt = advance(p, layers[layer, t.LEARNT])
        wanted = d if training else null(d)
        call(layers[layer, t.ACTIVATION], (z, wanted, e, count * N, plane, learnt, numbers))


@njit(**INNER)
def measure_loss(member, team, rows, total, sync, job, layers, w, losses, constants):
    """losses and dL/doutput of the member's rows; ``total``: rows of the whole batch, over which L is a mean.

    The flag DIVERGED is raised where a loss is NaN or infinite.
    """
    mine, end = share(rows, member, team, GRAIN)
    if mine >= end:
        return
    last = layers.shape[0] - 1
    N = layers[last, t.FAN_OUT]
    z = advance(w, layers[last, t.OUTPUT] + mine * N)
    y = advance(w, job[t.GATHERED_TARGETS] + mine * job[t.TARGETS])
    dz = advance(w, layers[last, t.DELTA] + mine * N)
    work = advance(w, job[t.LOSS_WORK] + mine * N)
    own_losses = advance(losses, mine)
    elements = total if job[t.LOSS_ROWWISE] != 0 else total * N
    scale = cast(z, 1.0 / elements)
    call(job[t.LOSS], (z, y, dz, work, own_losses, end - mine, N, scale, advance(constants, job[t.LOSS_CONSTANTS])))
    if all_finite(own_losses, end - mine) == 0:
        store_release(sync, DIVERGED, 1)
