"""The engine's forward phases: gather, products and activations, loss."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from fastnn.cpu.barrier import DIVERGED, share
from fastnn.cpu.compiled import INNER
from fastnn.cpu.elementwise import copy
from fastnn.cpu.engine_data import NONE
from fastnn.cpu.loss import all_finite
from fastnn.cpu.native import call, store_release
from fastnn.cpu.random import drop
from fastnn.cpu.rows import gather_rows
from fastnn.cpu.shared_product import BATCH_GRAIN, Product, shared_product
from fastnn.kernels.pointers import advance, cast, null


class Chunk(NamedTuple):
    """The part of a batch that is in the workspace: all of it, unless the batch is too large."""

    rows: Any
    done: Any  # rows of the batch before this chunk
    total: Any  # rows of the whole batch
    ids: Any  # pointer to the numbers of the samples
    losses: Any  # pointer to the losses of these rows


@njit(**INNER)
def gather(member, team, job, layers, buffers, chunk):
    """Copy this thread's rows of a chunk, and their targets, from the samples into the workspace."""
    features, width = layers[0].fan_in, job.target_width
    first, end = share(chunk.rows, member, team, BATCH_GRAIN)
    ids, w = advance(chunk.ids, first), buffers.workspace
    gather_rows(buffers.X, features, ids, end - first, advance(w, job.gathered + first * features))
    if job.loss != NONE:
        gather_rows(buffers.Y, width, ids, end - first, advance(w, job.gathered_targets + first * width))


@njit(**INNER)
def forward(member, team, job, layers, buffers, chunk, dropout_key, training):
    """Compute all layers; in training with dropout, and with the derivatives that the backward pass needs."""
    w, p = buffers.workspace, buffers.parameters
    a = advance(w, job.gathered)
    first, end = share(chunk.rows, member, team, BATCH_GRAIN)
    for number in range(len(layers)):
        layer = layers[number]
        K, N = layer.fan_in, layer.fan_out
        z = advance(w, layer.output)
        product = Product(K, N, a, advance(p, layer.weights), N, 1, z, advance(p, layer.bias))
        shared_product(member, team, job, chunk.rows, product, buffers.scratch, buffers.sync)
        if first < end:
            activate(first, end - first, job, layer, buffers, training)
            if training and layer.dropout_threshold != NONE:
                own = first * N
                drop(
                    dropout_key, number, advance(chunk.ids, first), end - first, N, advance(z, own),
                    advance(w, layer.derivative + own), advance(w, layer.trainable_derivatives + own),
                    layer.trainable_count, job.rows * N, layer.dropout_threshold, cast(w, layer.dropout_scale),
                )  # fmt: skip
        a = z


@njit(**INNER)
def activate(first, count, job, layer, buffers, training):
    """Apply the activation to ``count`` rows of a layer, in place."""
    if layer.activation == NONE:
        return
    w, own, elements = buffers.workspace, first * layer.fan_out, count * layer.fan_out
    z, d = advance(w, layer.output + own), advance(w, layer.derivative + own)
    constants = advance(buffers.constants, layer.constants)
    if layer.row_backward != NONE:
        copy(z, d, elements)
        call(layer.activation, (d, z, count, layer.fan_out, constants))
    else:
        e = advance(w, layer.trainable_derivatives + own)
        trainable = advance(buffers.parameters, layer.trainable)
        wanted = d if training else null(d)
        call(layer.activation, (z, wanted, e, elements, job.rows * layer.fan_out, trainable, constants))


@njit(**INNER)
def measure_loss(member, team, job, layers, buffers, chunk):
    """Compute the losses and dL/doutput of this thread's rows. L is a mean over the whole batch.

    Set the flag DIVERGED if a loss is NaN or infinite.
    """
    first, end = share(chunk.rows, member, team, BATCH_GRAIN)
    if first >= end:
        return
    last, w = layers[len(layers) - 1], buffers.workspace
    own, losses = first * last.fan_out, advance(chunk.losses, first)
    elements = chunk.total if job.loss_rowwise else chunk.total * last.fan_out
    scale = cast(w, 1.0 / elements)
    call_loss(job, buffers, first, end - first, last, advance(w, last.delta + own), losses, scale)
    if all_finite(losses, end - first) == 0:
        store_release(buffers.sync, DIVERGED, 1)


@njit(**INNER)
def call_loss(job, buffers, first, count, last, gradient, losses, scale):
    """Set losses to the losses of ``count`` rows, and gradient to scale * dloss/doutput unless it is null."""
    w, own = buffers.workspace, first * last.fan_out
    z, y = advance(w, last.output + own), advance(w, job.gathered_targets + first * job.target_width)
    constants = advance(buffers.constants, job.loss_constants)
    call(job.loss, (z, y, gradient, advance(w, job.loss_work + own), losses, count, last.fan_out, scale, constants))
