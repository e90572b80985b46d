"""The engine's backward phases: dL/dZ from layer to layer, then the gradients of the parameters."""

from __future__ import annotations

import numpy as np
from numba import njit

from fastnn.cpu import table as t
from fastnn.cpu.barrier import GRADIENTS, refill, share, take
from fastnn.cpu.compiled import INNER
from fastnn.cpu.elementwise import copy, dot, scale
from fastnn.cpu.matmul import tasks_of
from fastnn.cpu.native import call
from fastnn.cpu.rows import column_sums
from fastnn.cpu.shared_product import GRAIN, shared_product
from fastnn.cpu.update import bias_done, learnt_done, weights_done
from fastnn.kernels.pointers import advance, load, null, store

PIECE_ROWS, PIECE_NUMBERS = 384, 32768  # a piece of dW has at most so many rows, at least so many numbers


@njit(**INNER)
def backward(member, team, rows, sync, job, layers, p, w, scratch, constants):
    """dL/dZ of every layer, from dL/doutput in the last layer's place."""
    refill(sync, member, GRADIENTS)
    mine, end = share(rows, member, team, GRAIN)
    last = layers.shape[0] - 1
    through_activation(mine, end, last, job, layers, w, constants)
    for layer in range(last, 0, -1):
        K, N = layers[layer, t.FAN_IN], layers[layer, t.FAN_OUT]
        delta, before = advance(w, layers[layer, t.DELTA]), advance(w, layers[layer - 1, t.DELTA])
        weights = advance(p, layers[layer, t.WEIGHTS])
        shared_product(member, team, rows, K, N, delta, weights, 1, N, before, null(before), scratch, sync, job)
        through_activation(mine, end, layer - 1, job, layers, w, constants)


@njit(**INNER)
def through_activation(mine, end, layer, job, layers, w, constants):
    """dL/dZ from dL/dY, in place, for rows mine ... end-1 of a layer.

    For each trainable parameter the row's part of its gradient is left in the first place of the row's
    derivatives, which are not needed any more.
    """
    if mine >= end or layers[layer, t.DERIVATIVE] < 0:
        return
    N = layers[layer, t.FAN_OUT]
    n = (end - mine) * N
    delta = advance(w, layers[layer, t.DELTA] + mine * N)
    d = advance(w, layers[layer, t.DERIVATIVE] + mine * N)
    if layers[layer, t.ROW_BACKWARD] != 0:
        y, dx = advance(w, layers[layer, t.OUTPUT] + mine * N), advance(w, job[t.LOSS_WORK] + mine * N)
        numbers = advance(constants, layers[layer, t.CONSTANTS])
        call(layers[layer, t.ROW_BACKWARD], (d, y, delta, dx, end - mine, N, numbers))
        copy(dx, delta, n)
        return
    for j in range(layers[layer, t.LEARNT_COUNT]):
        plane = advance(w, layers[layer, t.LEARNT_DERIVATIVES] + j * job[t.ROWS] * N)
        for i in range(mine, end):
            e = advance(plane, i * N)
            store(e, 0, dot(advance(delta, (i - mine) * N), e, N))
    scale(delta, d, n)


@njit(**INNER)
def weight_gradients(
    member, team, rows, sync, job, layers, reals, p, g, s, w, scratch, hyper, scalars, blocks, accumulate, final
):
    """The member's part of every dW, db and of the activations' parameters; finished at once where ``final``.

    accumulate: the rows are a further piece of a batch. Finishing is the penalties, and then the update or, where
    the norm is wanted first, the sums of squares.
    """
    for turn in range(team):
        whose, number = (member + turn) % team, -1
        while True:
            number = number + 1 if team == 1 else take(sync, whose, GRADIENTS)
            layer, low, high = piece_of(number, whose, team, layers)
            if layer < 0:
                break
            if low >= high:
                continue
            K, N = layers[layer, t.FAN_IN], layers[layer, t.FAN_OUT]
            before = advance(w, job[t.GATHERED] if layer == 0 else layers[layer - 1, t.OUTPUT])
            delta, dW = advance(w, layers[layer, t.DELTA]), advance(g, layers[layer, t.WEIGHTS])
            outer_product(low, high, N, K, rows, before, delta, dW, accumulate, scratch, job)
            if final:
                weights_done(low, high, layer, job, layers, reals, p, g, s, hyper, scalars, blocks)
    for layer in range(layers.shape[0]):
        N, flags = layers[layer, t.FAN_OUT], layers[layer, t.FLAGS]
        delta = advance(w, layers[layer, t.DELTA])
        low, high = share(N, team - 1 - member, team, t.W_GRAIN)
        if low < high and flags & t.TRAIN_BIAS != 0:
            column_sums(low, high, rows, N, delta, advance(g, layers[layer, t.BIAS]), np.intp(accumulate))
            if final:
                bias_done(low, high, layer, job, layers, p, g, s, hyper, scalars, blocks)
        if member == 0 and layers[layer, t.LEARNT_COUNT] > 0 and flags & t.TRAIN_LEARNT != 0:
            learnt_gradients(layer, rows, job, layers, g, w, accumulate)
            if final:
                learnt_done(layer, job, layers, p, g, s, hyper, scalars, blocks)


@njit(**INNER)
def piece_of(number, member, team, layers):
    """(layer, low, high): that piece of the member's rows of all trained weights; layer -1: there are no more.

    Who is alone has nobody to share with: its pieces are whole layers, without rows where weights are not trained.
    """
    if team == 1:
        if number >= layers.shape[0]:
            return -1, 0, 0
        return number, 0, layers[number, t.FAN_IN] if layers[number, t.FLAGS] & t.TRAIN_WEIGHTS != 0 else 0
    for layer in range(layers.shape[0]):
        low, high = share(layers[layer, t.FAN_IN], member, team, t.W_GRAIN)
        if low < high and layers[layer, t.FLAGS] & t.TRAIN_WEIGHTS != 0:
            rows, least = high - low, max(1, PIECE_NUMBERS // layers[layer, t.FAN_OUT])
            pieces = max(1, min(rows // least, (rows + PIECE_ROWS - 1) // PIECE_ROWS))
            if number < pieces:
                first, last = share(rows, number, pieces, t.W_GRAIN)
                return layer, low + first, low + last
            number -= pieces
    return -1, 0, 0


@njit(**INNER)
def outer_product(low, high, N, K, rows, A, delta, dW, accumulate, scratch, job):
    """Rows low ... high-1 of dW[K, N] = (dW if accumulate else 0) + A[rows, K]^T . delta[rows, N]."""
    c, a = advance(dW, low * N), advance(A, low)
    start = c if accumulate else null(c)
    tasks = tasks_of(high - low, N, A)
    call(job[t.PRODUCT], (0, tasks, high - low, N, rows, a, 1, K, delta, N, 1, c, N, start, N, scratch))


@njit(**INNER)
def learnt_gradients(layer, rows, job, layers, g, w, accumulate):
    """The gradients of an activation's trainable parameters: the rows' parts, added in order."""
    N = layers[layer, t.FAN_OUT]
    out = advance(g, layers[layer, t.LEARNT])
    for j in range(layers[layer, t.LEARNT_COUNT]):
        plane = advance(w, layers[layer, t.LEARNT_DERIVATIVES] + j * job[t.ROWS] * N)
        total = load(plane, 0) * 0
        if accumulate:
            total = load(out, j)
        for i in range(rows):
            total += load(plane, i * N)
        store(out, j, total)
