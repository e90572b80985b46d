"""The engine's backward phases: dL/dZ from layer to layer, then the gradients of the parameters."""

from __future__ import annotations

import numpy as np
from numba import njit

from fastnn.cpu.barrier import GRADIENTS, refill, share, take
from fastnn.cpu.compiled import INNER
from fastnn.cpu.elementwise import copy, dot, scale
from fastnn.cpu.engine_data import NONE, WEIGHT_GRAIN
from fastnn.cpu.matmul import tasks_of
from fastnn.cpu.native import call
from fastnn.cpu.rows import column_sums
from fastnn.cpu.shared_product import BATCH_GRAIN, Product, shared_product
from fastnn.cpu.update import finish_bias, finish_trainable, finish_weights
from fastnn.kernels.pointers import advance, load, null, store

MAX_PIECE_ROWS, MIN_PIECE_NUMBERS = 384, 32768  # limits of a piece of dW, if the rows allow both


@njit(**INNER)
def backward(member, team, job, layers, buffers, chunk):
    """Compute dL/dZ of every layer. Before, the last layer's dL/dZ holds dL/doutput."""
    refill(buffers.sync, member, GRADIENTS)
    w, p = buffers.workspace, buffers.parameters
    first, end = share(chunk.rows, member, team, BATCH_GRAIN)
    last = len(layers) - 1
    through_activation(first, end, job, layers[last], buffers)
    for number in range(last, 0, -1):
        layer, before = layers[number], layers[number - 1]
        K, N = layer.fan_out, layer.fan_in
        dx = advance(w, before.delta)
        product = Product(K, N, advance(w, layer.delta), advance(p, layer.weights), 1, K, dx, null(dx))
        shared_product(member, team, job, chunk.rows, product, buffers.scratch, buffers.sync)
        through_activation(first, end, job, before, buffers)


@njit(**INNER)
def through_activation(first, end, job, layer, buffers):
    """Compute dL/dZ from dL/dY, in place, for rows first ... end-1 of a layer.

    The part of each trainable parameter's gradient that comes from a row replaces the first of the row's derivatives,
    which are no longer needed.
    """
    if first >= end or layer.derivative == NONE:
        return
    w, N = buffers.workspace, layer.fan_out
    own, n = first * N, (end - first) * N
    delta, d = advance(w, layer.delta + own), advance(w, layer.derivative + own)
    if layer.row_backward != NONE:
        y, dx = advance(w, layer.output + own), advance(w, job.loss_work + own)
        call(layer.row_backward, (d, y, delta, dx, end - first, N, advance(buffers.constants, layer.constants)))
        copy(dx, delta, n)
        return
    for j in range(layer.trainable_count):
        plane = advance(w, layer.trainable_derivatives + j * job.rows * N)
        for i in range(first, end):
            e = advance(plane, i * N)
            store(e, 0, dot(advance(delta, (i - first) * N), e, N))
    scale(delta, d, n)


@njit(**INNER)
def weight_gradients(member, team, job, layers, buffers, chunk):
    """Compute this thread's part of every dW, every db and the gradients of the activations' parameters.

    If the chunk is not the first of its batch, add to them. After the last chunk, finish them at once: add the
    penalties, then update the parameters or, if the norm is needed first, compute the sums of squares.
    """
    accumulate, final = chunk.done > 0, chunk.done + chunk.rows == chunk.total
    w = buffers.workspace
    for turn in range(team):  # first this thread's own queue, then work stealing from the others'
        owner, piece = (member + turn) % team, -1
        while True:
            piece = piece + 1 if team == 1 else take(buffers.sync, owner, GRADIENTS)
            number, low, high = piece_of(piece, owner, team, layers)
            if number == NONE:
                break
            layer = layers[number]
            x = advance(w, job.gathered if number == 0 else layers[number - 1].output)
            outer_product(low, high, job, layer, buffers, chunk.rows, x, accumulate)
            if final:
                finish_weights(low, high, job, layer, buffers)
    for number in range(len(layers)):
        layer = layers[number]
        low, high = share(layer.fan_out, team - 1 - member, team, WEIGHT_GRAIN)
        if low < high:
            delta, db = advance(w, layer.delta), advance(buffers.gradients, layer.bias)
            column_sums(low, high, chunk.rows, layer.fan_out, delta, db, np.intp(accumulate))
            if final:
                finish_bias(low, high, job, layer, buffers)
        if member == 0 and layer.trainable_count > 0:
            trainable_gradients(chunk.rows, job, layer, buffers, accumulate)
            if final:
                finish_trainable(job, layer, buffers)


@njit(**INNER)
def piece_of(piece, member, team, layers):
    """Return (layer, low, high): the piece of a thread's share is rows low ... high-1 of this layer's dW.

    The layer is NONE if there are no more pieces. If there is only one thread, its pieces are whole layers.
    """
    if team == 1:
        return (piece, 0, layers[piece].fan_in) if piece < len(layers) else (NONE, 0, 0)
    for number in range(len(layers)):
        layer = layers[number]
        low, high = share(layer.fan_in, member, team, WEIGHT_GRAIN)
        if low < high:
            rows, min_rows = high - low, max(1, MIN_PIECE_NUMBERS // layer.fan_out)
            pieces = max(1, min(rows // min_rows, (rows + MAX_PIECE_ROWS - 1) // MAX_PIECE_ROWS))
            if piece < pieces:
                first, end = share(rows, piece, pieces, WEIGHT_GRAIN)
                return number, low + first, low + end
            piece -= pieces
    return NONE, 0, 0


@njit(**INNER)
def outer_product(low, high, job, layer, buffers, rows, x, accumulate):
    """Set rows low ... high-1 of dW[K, N] to (dW if accumulate else 0) + x[rows, K]^T . delta[rows, N]."""
    K, N = layer.fan_in, layer.fan_out
    dW, delta = advance(buffers.gradients, layer.weights + low * N), advance(buffers.workspace, layer.delta)
    start, tasks = dW if accumulate else null(dW), tasks_of(high - low, N, dW)
    a, scratch = advance(x, low), buffers.scratch
    call(job.product, (0, tasks, high - low, N, rows, a, 1, K, delta, N, 1, dW, N, start, N, scratch))


@njit(**INNER)
def trainable_gradients(rows, job, layer, buffers, accumulate):
    """Compute the gradients of an activation's trainable parameters: the parts of the rows, added in order."""
    N = layer.fan_out
    out = advance(buffers.gradients, layer.trainable)
    for j in range(layer.trainable_count):
        plane = advance(buffers.workspace, layer.trainable_derivatives + j * job.rows * N)
        total = load(plane, 0) * 0
        if accumulate:
            total = load(out, j)
        for i in range(rows):
            total += load(plane, i * N)
        store(out, j, total)
