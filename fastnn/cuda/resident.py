"""Which networks are trained in one launch for many steps, where they lie in shared memory, and how long a step takes.

All of it follows from the plan, never from the card: so the bits of a training do not depend on the card.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastnn import cost
from fastnn.cuda.kernels.resident import PITCH, ROWS, THREADS, pitch_of_weights
from fastnn.cuda.kernels.steps import MOST_SHARED
from fastnn.cuda.lowering import Layer, lower
from fastnn.cuda.vectors import ALIGNED
from fastnn.parts.kinds import Bound
from fastnn.plan import Plan

MOST_BLOCKS = 16  # few enough for most cards; one with fewer multiprocessors runs fewer, which do the same work
MOST_ROWS = 1024  # of a batch; larger products keep a card busy on their own
STATIC_SHARED = 16 * THREADS  # bytes that the kernel uses besides the network
LONGEST = 0.1  # seconds that a launch may last: it cannot be interrupted


@dataclass(frozen=True)
class Residence:
    """Where a network lies in a block's shared memory. Offsets are in numbers; kernels.resident names the columns.

    kinds: its elementwise activations, each once. numbers: of all layers. outputs: where the network's outputs lie.
    """

    kinds: tuple[Bound, ...]
    table: np.ndarray
    numbers: np.ndarray
    outputs: int
    nbytes: int


def fits(plan: Plan, layers: Sequence[Layer]) -> bool:
    """Return whether a network is trained by launches of many steps: otherwise, one part of a step is a launch.

    Not if a batch has more than MOST_ROWS rows, or all rows. Nor if the network and what a block computes of ROWS
    samples do not fit MOST_SHARED bytes, which every card has.
    """
    if plan.loss is None or plan.optimizer is None or plan.batch_size is None or plan.batch_size > MOST_ROWS:
        return False
    return residence(plan, layers).nbytes <= MOST_SHARED - STATIC_SHARED


def residence(plan: Plan, layers: Sequence[Layer]) -> Residence:
    """Return where a network lies in shared memory."""
    end, itemsize = 0, np.dtype(plan.dtype).itemsize
    kinds: list[Bound] = []
    names: list[tuple] = []
    rows: list[list[int]] = []
    numbers: list[float] = []

    def take(count: int) -> int:
        nonlocal end
        begin, step = end, ALIGNED // 4
        end = -(-(begin + count) // step) * step
        return begin

    for layer in layers:
        name, kind = (id(layer.activation.part), tuple(layer.activation.choices.items())), -1
        if layer.rowwise is None:
            if name not in names:
                names.append(name)
                kinds.append(layer.activation)
            kind = names.index(name)
        own = take((layer.fan_in + 1) * pitch_of_weights(layer.fan_out))
        inputs, delta = take(layer.fan_in * PITCH), take(layer.fan_out * PITCH)
        planes = take(layer.trainable_count * layer.fan_out * PITCH)
        rows.append(
            [
                layer.fan_in, layer.fan_out, layer.weights, layer.bias, layer.trainable, layer.trainable_count,
                own, inputs, delta, planes, kind, len(numbers), layer.threshold,
            ]
        )  # fmt: skip
        numbers += [layer.scale, *layer.constants]
    areas = 3 if layers[-1].rowwise is None else 4  # outputs, dL/doutputs, room for the loss, the row-wise activation
    outputs = take(areas * ROWS * plan.outputs)
    return Residence(
        tuple(kinds), np.array(rows, np.int64).reshape(-1), np.array([*numbers, 0.0], plan.dtype), outputs,
        end * itemsize,
    )  # fmt: skip


def grid_of(batch: int) -> tuple[int, int]:
    """Return how many blocks share a batch, and how often each of them takes ROWS samples."""
    blocks = min(MOST_BLOCKS, -(-batch // ROWS))
    return blocks, -(-batch // (blocks * ROWS))


def seconds(plan: Plan, batch: int) -> float:
    """Return the estimated time of a step in one launch with others."""
    states = 0 if plan.optimizer is None else len(plan.optimizer.part.state)
    norm = plan.measure_norm or plan.clip_norm is not None
    return cost.step_in_one_launch(plan.sizes, batch, plan.dtype, states, norm)


def estimate(plan: Plan, batch: int) -> float:
    """Return the estimated time of a step in the way that the plan takes."""
    if fits(plan, lower(plan)):
        return seconds(plan, batch)
    return cost.step_of_launches(plan.sizes, batch, plan.dtype)


def steps_of_a_launch(plan: Plan, batch: int) -> int:
    """Return how many steps one launch makes: as many as LONGEST allows, but at least one."""
    return max(1, math.floor(LONGEST / seconds(plan, batch)))
