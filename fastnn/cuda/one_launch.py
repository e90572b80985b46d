"""Many steps in one cooperative launch, for networks that fit a multiprocessor's shared memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.buffers import ALIGNMENT
from fastnn.cuda import resident
from fastnn.cuda.context import Array
from fastnn.cuda.epoch import Epoch, Optimizer
from fastnn.cuda.kernels.steps import steps
from fastnn.cuda.kernels.wide_rows import by_warps
from fastnn.cuda.launches import Launches

AHEAD = 2  # launches that are enqueued or running: none of them can be taken back after Ctrl-C


class OneLaunch:
    """The launches of the steps of a training."""

    def __init__(self, launches: Launches, optimizer: Optimizer):
        plan, layers, context = launches.plan, launches.layers, launches.context
        assert plan.loss is not None and plan.optimizer is not None
        self._launches, self._optimizer = launches, optimizer
        self._residence = place = resident.residence(plan, layers)
        self.variant = steps(
            place.kinds, layers[-1].activation, plan.loss, plan.optimizer,
            wide=by_warps(plan.loss, layers[-1].rowwise, plan.outputs), drops=any(layer.threshold for layer in layers),
            measures=launches.measures_norm, dtype=plan.dtype,
        )  # fmt: skip
        self._table, self._numbers = context.copy(place.table), context.copy(place.numbers)
        self._loss_numbers = launches.constants(plan.loss.numbers.values())
        self._penalized = any(layer.l1 or layer.l2 for layer in layers)
        self._penalties = context.copy(self._penalties_of_groups())
        self._squares = context.array(2 * resident.MOST_BLOCKS, plan.dtype)
        self._parts: Array | None = None
        self._ends: list[Any] = []  # events after the last launches

    def compile(self) -> None:
        """Compile or load the kernel."""
        self._launches.context.kernel(self.variant)

    def steps_of_a_launch(self, batch: int) -> int:
        """Return how many steps ``enqueue`` is given at once."""
        return resident.steps_of_a_launch(self._launches.plan, batch)

    def enqueue(self, epoch: Epoch, first: int, end: int) -> None:
        """Enqueue the steps first ... end - 1, in one launch."""
        self._keep_pace()  # before the launch, so that Ctrl-C meanwhile does not leave one that nobody has counted
        launches, place, optimizer = self._launches, self._residence, self._optimizer
        plan, (blocks, rounds) = launches.plan, resident.grid_of(epoch.batch)
        launches.context.kernel(self.variant)(
            shared=place.nbytes, data=epoch.data, targets=epoch.targets, ids=epoch.ids, width=launches.width,
            samples=epoch.samples, batch=epoch.batch, first=first, end=end, blocks=blocks,
            at_once=launches.context.device.multiprocessors, rounds=rounds,
            table=self._table, layers=len(launches.layers), outputs=place.outputs, parameters=launches.parameters,
            size=plan.size, parts=self._parts_of(blocks), state=optimizer.state, stride=optimizer.stride,
            live=optimizer.live, penalties=self._penalties, penalized=int(self._penalized), numbers=self._numbers,
            loss_numbers=self._loss_numbers, hyper=optimizer.hyper, scalars=epoch.scalars, losses=epoch.losses,
            dropout_key=epoch.dropout_key, squares=self._squares, clip=int(plan.clip_norm is not None),
            limit=plan.clip_norm or 0.0, result=launches.clip.at(1), first_bad=launches.flags,
            checks=int(end == epoch.steps),
        )  # fmt: skip
        self._ends.append(launches.context.device.record())

    def _keep_pace(self) -> None:
        """Wait until fewer than AHEAD launches are left. The device has work meanwhile."""
        if len(self._ends) == AHEAD:
            oldest = self._ends.pop(0)
            self._launches.context.device.seconds(oldest, oldest)

    def _parts_of(self, blocks: int) -> Array:
        """Return room for the gradients of every block: the current one if it is large enough."""
        context, size = self._launches.context, blocks * self._launches.plan.size
        if self._parts is None or self._parts.size < size:
            if self._parts is not None:
                context.release(self._parts)
            self._parts = context.array(size, self._launches.plan.dtype)
        return self._parts

    def _penalties_of_groups(self) -> np.ndarray:
        """Return l1 and l2 for each ALIGNMENT bytes of parameters."""
        plan = self._launches.plan
        group = ALIGNMENT // np.dtype(plan.dtype).itemsize
        penalties = np.zeros((plan.size // group, 2), plan.dtype)
        for segment in plan.segments:
            penalties[segment.offset // group : -(-(segment.offset + segment.size) // group)] = segment.l1, segment.l2
        return penalties.reshape(-1)
