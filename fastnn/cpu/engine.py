"""The CPU engine: a run of training steps in one compiled call, executed by a team of threads.

It interprets records (:mod:`fastnn.cpu.engine_data`) and calls the parts' kernels by their addresses, so it is compiled
once for all networks of a dtype. A step has two phases with a barrier after each. In the first, each thread processes
its rows of the batch, from the gather to dL/dX. In the second, it computes its rows of every dW and updates these
weights at once. If a layer has many weights or a batch few rows, the threads share the tiles of a product, with a
barrier before and after it.

``member`` is the number of a thread within its team, and ``team`` the number of threads. The engine never raises: it
returns the step that it reached and leaves the reasons in ``sync``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from fastnn.cpu.backward import backward, weight_gradients
from fastnn.cpu.barrier import DEAD, DIVERGED, ENDED, REACHED, STOP, STOPPED, meet
from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.elementwise import copy
from fastnn.cpu.engine_data import NONE, Buffers
from fastnn.cpu.forward import Chunk, call_loss, forward, gather, measure_loss
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.native import call, load_acquire, store_release
from fastnn.cpu.random import DROPOUT, key, shuffle
from fastnn.cpu.update import clip_factor, scalars_of, update_all
from fastnn.kernels.pointers import advance, load, null, pointer, store
from fastnn.kernels.pointers import zero as zero_of
from fastnn.parts.kinds import MAX_SCALARS

SCALARS_ROOM = 64  # per-step scalars; not MAX_SCALARS, because the cache does not notice changes to fastnn.parts
assert SCALARS_ROOM >= MAX_SCALARS
MEMBER_SCRATCH = SCRATCH + SCALARS_ROOM  # elements
NO_KEY = np.uint64(0)
EVALUATED_ROWS = 256  # rows that a thread evaluates at a time


@compiled()
def run(member, team, job, layers, *arrays):
    """Train for steps first_step ... end_step-1 of an epoch. Return the step before which the run ended.

    job: an array without axes, of one JOB. layers: an array of LAYER. arrays: the Buffers. No thread reads any of them
    after the last barrier: the caller may already be changing them for the next run.
    """
    job = job[()]
    buffers = pointers(member, job, Buffers(*arrays))
    if job.first_step == 0 and member == 0:
        draw_order(job, buffers)
    meet(buffers.sync, team, job.yield_core)
    dropout_key = key(job.seed, job.epoch, DROPOUT)
    step, end = job.first_step, job.end_step
    while step < end and not leaving(buffers.sync):
        if job.scalars != NONE:
            call(job.scalars, (job.steps_before + step + 1, buffers.hyper64, scalars_of(buffers)))
        if not batch_gradients(member, team, step, job, layers, buffers, dropout_key):
            break
        if job.measure_norm:
            meet(buffers.sync, team, job.yield_core)
            factor = clip_factor(member, job, buffers)
            if job.update:
                update_all(member, team, job, layers, buffers, factor)
        step += 1
        meet_or_stop(member, team, job, buffers)
    if member == 0:
        store(buffers.sync, REACHED, step)
        store_release(buffers.sync, ENDED, 1)
    return step


@njit(**INNER)
def batch_gradients(member, team, step, job, layers, buffers, dropout_key):
    """Compute the gradients of a batch, and its update unless the norm is needed first. Return False to end the run."""
    at = step * job.batch
    total = min(job.batch, job.samples - at)
    done = 0
    while done < total:
        rows = min(job.rows, total - done)
        chunk = Chunk(rows, done, total, advance(buffers.order, at + done), advance(buffers.losses, at + done))
        gather(member, team, job, layers, buffers, chunk)
        forward(member, team, job, layers, buffers, chunk, dropout_key, np.int64(1))
        measure_loss(member, team, job, layers, buffers, chunk)
        backward(member, team, job, layers, buffers, chunk)
        meet(buffers.sync, team, job.yield_core)
        if load_acquire(buffers.sync, DIVERGED) != 0 or load_acquire(buffers.sync, DEAD) != 0:
            return False
        weight_gradients(member, team, job, layers, buffers, chunk)
        done += rows
        if done < total:
            meet_or_stop(member, team, job, buffers)
            if load_acquire(buffers.sync, STOPPED) != 0:  # nothing has been updated yet
                return False
    return True


@njit(**INNER)
def meet_or_stop(member, team, job, buffers):
    """Wait at a barrier. If the run is to stop, all threads see STOPPED afterwards."""
    if member == 0 and load_acquire(buffers.sync, STOP) != 0:
        store_release(buffers.sync, STOPPED, 1)
    meet(buffers.sync, team, job.yield_core)


@njit(**INNER)
def leaving(sync):
    """Return whether the run has been stopped or a thread is dead."""
    return load_acquire(sync, STOPPED) != 0 or load_acquire(sync, DEAD) != 0


@njit(**INNER)
def draw_order(job, buffers):
    """Determine the order of the samples in an epoch."""
    for i in range(job.samples):
        store(buffers.order, i, load(buffers.subset, i))
    if job.shuffle:
        shuffle(buffers.order, job.samples, job.seed, job.epoch)


@compiled()
def evaluate(member, team, job, layers, *arrays):
    """Compute the outputs of the network for the samples of ``subset`` and, if job.loss is set, their losses.

    Each thread takes every team-th block of rows, without any barrier. Return 0 if it was stopped, otherwise 1.
    """
    job = job[()]
    buffers = pointers(member, job, Buffers(*arrays))
    last, zero, one = layers[len(layers) - 1], np.int64(0), np.int64(1)  # literals would have types of their own
    for first in range(member * EVALUATED_ROWS, job.samples, team * EVALUATED_ROWS):
        if load_acquire(buffers.sync, STOP) != 0:
            return 0
        rows = min(EVALUATED_ROWS, job.samples - first)
        chunk = Chunk(rows, zero, rows, advance(buffers.subset, first), advance(buffers.losses, first))
        gather(zero, one, job, layers, buffers, chunk)
        forward(zero, one, job, layers, buffers, chunk, NO_KEY, zero)
        z = advance(buffers.workspace, last.output)
        copy(z, advance(buffers.outputs, first * last.fan_out), rows * last.fan_out)
        if job.loss != NONE:
            call_loss(job, buffers, zero, rows, last, null(z), chunk.losses, zero_of(z))
    if member == 0:
        store_release(buffers.sync, ENDED, 1)
    return 1


@njit(**INNER)
def pointers(member, job, arrays):
    """Return the arrays as pointers: to this thread's scratch, and to its workspace if each thread has its own."""
    return Buffers(
        sync=pointer(arrays.sync),
        X=pointer(arrays.X),
        Y=pointer(arrays.Y),
        subset=pointer(arrays.subset),
        order=pointer(arrays.order),
        parameters=pointer(arrays.parameters),
        gradients=pointer(arrays.gradients),
        state=pointer(arrays.state),
        workspace=advance(pointer(arrays.workspace), member * job.member_workspace),
        scratch=advance(pointer(arrays.scratch), member * MEMBER_SCRATCH),
        losses=pointer(arrays.losses),
        outputs=pointer(arrays.outputs),
        constants=pointer(arrays.constants),
        hyper=pointer(arrays.hyper),
        hyper64=pointer(arrays.hyper64),
        squares=pointer(arrays.squares),
        largest_norm=pointer(arrays.largest_norm),
    )
