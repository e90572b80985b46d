"""The CPU engine: a whole run of mini-batches in one compiled call, executed by a team of threads.

It interprets the tables of :mod:`fastnn.cpu.table` and reaches the parts' kernels through their addresses, so it
is compiled once for all networks of a dtype. Two meetings a step: each member takes its rows of the batch from
the gather to dL/dX; meet; then its rows of every dW and, at once, their update; meet. Where a layer has more
weights than that is worth, or a batch too few rows, all share the tiles of its products and meet before and after.

It never raises: it returns the number of the step that it reached and leaves its reasons in ``sync``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from fastnn.cpu import table as t
from fastnn.cpu.backward import backward, weight_gradients
from fastnn.cpu.barrier import DEAD, DIVERGED, ENDED, STOP, STOPPED, meet
from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.elementwise import copy
from fastnn.cpu.forward import forward, gather, measure_loss
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.native import call, load_acquire, store_release
from fastnn.cpu.random import DROPOUT, key, shuffle
from fastnn.cpu.update import clip_factor, update_all
from fastnn.kernels.pointers import advance, load, null, pointer, store, zero
from fastnn.parts.kinds import MOST_SCALARS

SCALARS_PLACES = 64  # room for an optimizer's per-step scalars; what is compiled is kept by the contents of these files
assert SCALARS_PLACES >= MOST_SCALARS
MEMBER_SCRATCH = SCRATCH + SCALARS_PLACES
NO_KEY = np.uint64(0)
EVALUATED_ROWS = 256  # rows that are evaluated at a time


# fmt: off
@compiled()
def run(
    member, team, sync, job, layers, reals, X, Y, subset, order, P, G, S, workspace, scratch, losses, constants, hyper,
    hyper64, norms, blocks,
):
    """Steps FIRST_STEP ... LAST_STEP-1 of an epoch; the number of the step before which it ended.

    subset: the samples to train on (rows of X and Y); order: room for their order. losses: one number a sample,
    in that order. norms: [clip_norm, largest norm of a gradient].
    """
    reached = steps(
        member, team, sync, job, layers, reals, X, Y, subset, order, P, G, S, workspace, scratch, losses, constants,
        hyper, hyper64, norms, blocks,
    )
    if member == 0:
        store_release(pointer(sync), ENDED, 1)
    return reached


@njit(**INNER)
def steps(
    member, team, sync, job, layers, reals, X, Y, subset, order, P, G, S, workspace, scratch, losses, constants, hyper,
    hyper64, norms, blocks,
):
    """What run() does, but for saying that it has ended."""
    # fmt: on
    sy, od, w = pointer(sync), pointer(order), pointer(workspace)
    p, g, s = pointer(P), pointer(G), pointer(S)
    sc = advance(pointer(scratch), member * MEMBER_SCRATCH)
    scalars = advance(sc, SCRATCH)
    cs, hy, bl = pointer(constants), pointer(hyper), pointer(blocks)
    relax, samples, batch = job[t.RELAX], job[t.SAMPLES], job[t.BATCH]
    if job[t.FIRST_STEP] == 0 and member == 0:
        draw_order(od, pointer(subset), samples, job)
    meet(sy, team, relax)
    if load_acquire(sy, DEAD) != 0:
        return job[t.FIRST_STEP]
    dropout_key = key(job[t.SEED], job[t.EPOCH], DROPOUT)
    for step in range(job[t.FIRST_STEP], job[t.LAST_STEP]):
        at = step * batch
        total = min(batch, samples - at)
        if job[t.SCALARS] != 0:
            call(job[t.SCALARS], (job[t.STEPS_BEFORE] + step + 1, pointer(hyper64), scalars))
        done = 0
        while done < total:  # a batch too large for the workspace is worked on in pieces
            rows = min(job[t.ROWS], total - done)
            ids = advance(od, at + done)
            gather(member, team, rows, job, layers, pointer(X), pointer(Y), ids, w)
            forward(member, team, rows, sy, job, layers, reals, p, w, sc, cs, ids, dropout_key, True)
            measure_loss(member, team, rows, total, sy, job, layers, w, advance(pointer(losses), at + done), cs)
            backward(member, team, rows, sy, job, layers, p, w, sc, cs)
            meet(sy, team, relax)
            if load_acquire(sy, DIVERGED) != 0 or load_acquire(sy, DEAD) != 0:
                return step
            final = done + rows == total
            weight_gradients(
                member, team, rows, sy, job, layers, reals, p, g, s, w, sc, hy, scalars, bl, done > 0, final
            )
            done += rows
            if done < total:
                if member == 0 and load_acquire(sy, STOP) != 0:
                    store_release(sy, STOPPED, 1)
                meet(sy, team, relax)
                if load_acquire(sy, STOPPED) != 0:  # nothing has been updated yet
                    return step
        if job[t.NORM] != 0:
            meet(sy, team, relax)
            factor = clip_factor(member, job, norms, bl)
            if job[t.UPDATE] != 0:
                update_all(member, team, job, layers, p, g, s, hy, scalars, factor)
        if member == 0 and load_acquire(sy, STOP) != 0:
            store_release(sy, STOPPED, 1)
        meet(sy, team, relax)
        if load_acquire(sy, STOPPED) != 0 or load_acquire(sy, DEAD) != 0:
            return step + 1
    return job[t.LAST_STEP]


@njit(**INNER)
def draw_order(order, subset, samples, job):
    """The order of an epoch's samples."""
    for i in range(samples):
        store(order, i, load(subset, i))
    if job[t.SHUFFLE] != 0:
        shuffle(order, samples, job[t.SEED], job[t.EPOCH])


@compiled()
def evaluate(member, team, sync, job, layers, reals, X, Y, subset, P, workspace, scratch, outputs, losses, constants):
    """outputs = the network's outputs for the samples of ``subset``, and losses where LOSS is set.

    Blocks of rows go round the members, who never meet. 0 if it was stopped.
    """
    sy, p, cs = pointer(sync), pointer(P), pointer(constants)
    w = advance(pointer(workspace), member * job[t.WORKSPACE])
    sc = advance(pointer(scratch), member * MEMBER_SCRATCH)
    last = layers.shape[0] - 1
    width = layers[last, t.FAN_OUT]
    for first in range(member * EVALUATED_ROWS, job[t.SAMPLES], team * EVALUATED_ROWS):
        if load_acquire(sy, STOP) != 0:
            return 0
        rows = min(EVALUATED_ROWS, job[t.SAMPLES] - first)
        ids = advance(pointer(subset), first)
        gather(0, 1, rows, job, layers, pointer(X), pointer(Y), ids, w)
        forward(0, 1, rows, sy, job, layers, reals, p, w, sc, cs, ids, NO_KEY, False)
        z = advance(w, layers[last, t.OUTPUT])
        copy(z, advance(pointer(outputs), first * width), rows * width)
        if job[t.LOSS] != 0:
            evaluate_loss(rows, width, job, z, w, advance(pointer(losses), first), cs)
    if member == 0:
        store_release(sy, ENDED, 1)
    return 1


@njit(**INNER)
def evaluate_loss(rows, width, job, z, w, losses, constants):
    """losses[i] = the loss of row i of z."""
    y = advance(w, job[t.GATHERED_TARGETS])
    work = advance(w, job[t.LOSS_WORK])
    numbers = advance(constants, job[t.LOSS_CONSTANTS])
    call(job[t.LOSS], (z, y, null(z), work, losses, rows, width, zero(z), numbers))
