"""A plan compiled for a CUDA device: all that the training procedure needs to know of this device.

Within an epoch the host never waits for the device, and copies of the best and the last parameters stay there. A small
network makes many steps in one launch (``one_launch``); any other takes several launches for a step (``enqueued``).
``resident.fits`` chooses, once, from the plan.
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.buffers import ALIGNMENT, aligned_zeros, between_planes
from fastnn.cuda.context import Array, Context
from fastnn.cuda.devices import open_device
from fastnn.cuda.enqueued import CHUNK_ROWS, Enqueued
from fastnn.cuda.epoch import Epoch, Optimizer
from fastnn.cuda.launches import NEVER, NOTHING_BAD, Launches
from fastnn.cuda.one_launch import OneLaunch
from fastnn.cuda.order import dropout_key, shuffled
from fastnn.cuda.resident import fits
from fastnn.cuda.workspace import Workspace
from fastnn.kernels.optimizer import formulas
from fastnn.plan import Plan
from fastnn.program import Run

KEPT_ARRAYS = 6  # arrays of the host whose copies stay on the device: those of training and of validation


class CudaProgram:
    """Train and evaluate one network on a CUDA device. Use it as a context manager, or call close().

    parameters: the network's flat buffer. It is copied to the device before they are first used, and only pull() copies
    them back. Arrays of data are copied to the device once: they must not change while the program is in use.
    """

    def __init__(self, plan: Plan, parameters: np.ndarray, number: int = 0):
        self.plan, self.parameters = plan, parameters
        self.steps = 0
        self._stopping = False
        self.context = Context(open_device(number))
        self._launches = Launches(self.context, plan, self.context.array(plan.size, plan.dtype))
        self._ahead: str | None = "host"  # which copy of the parameters has newer numbers: "host" or "device"
        self._kept: dict[str, list[Array]] = {}
        self._data: list[tuple[np.ndarray, Array]] = []
        self._evaluation: Workspace | None = None
        self._order: tuple[tuple[int, int], np.ndarray] | None = None
        self._stride = between_planes(plan.size, plan.dtype)
        self._state = self.context.array(0, plan.dtype)
        self._path: OneLaunch | Enqueued | None = None
        if plan.optimizer is not None:
            optimizer, small = self._prepare_optimizer(), fits(plan, self._launches.layers)
            self._path = (OneLaunch if small else Enqueued)(self._launches, optimizer)

    def __enter__(self) -> CudaProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the memory on the device."""
        self.context.close()

    def _prepare_optimizer(self) -> Optimizer:
        bound, plan = self.plan.optimizer, self.plan
        assert bound is not None
        unit = formulas(bound, plan.dtype)[0]
        hyper = self._launches.constants(bound.numbers.values())
        state, used = aligned_zeros(len(unit.state) * self._stride, plan.dtype), np.zeros(plan.size, np.uint8)
        for segment in plan.segments:
            used[segment.slice] = 1
            for number, name in enumerate(unit.state):
                state[number * self._stride :][segment.slice] = bound.part.state[name]
        self._state = self.context.copy(state)
        group = ALIGNMENT // np.dtype(plan.dtype).itemsize
        live = self.context.copy(used.reshape(-1, group).sum(1, np.uint8))
        return Optimizer(self._state, self._stride, live, hyper)

    def compile(self) -> None:
        """Compile or load everything for training and evaluation, so that the first epoch does not have to wait."""
        for variant in self._launches.evaluation_variants():
            self.context.kernel(variant)
        if self._path is not None:
            self._path.compile()

    def stop(self) -> None:
        """Let the run in progress, and each later one, raise KeyboardInterrupt in the thread that called it."""
        self._stopping = True

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """Train for one epoch on the rows in ``subset`` (int64): one update per mini-batch."""
        plan, context, launches, samples = self.plan, self.context, self._launches, len(subset)
        batch = samples if plan.batch_size is None else min(plan.batch_size, samples)
        steps, shuffles = -(-samples // batch), plan.shuffle and batch < samples
        path = self._path
        assert path is not None
        self._upload()
        data, targets = self._on_device(X), self._on_device(y)
        ids = context.copy(subset[self._shuffled(samples, epoch)] if shuffles else subset, np.int32)
        losses, scalars = context.array(samples, plan.dtype), self._scalars(steps)
        launches.flags.write(np.array(NOTHING_BAD))
        launches.clip.write(np.array([1.0, 0.0]))
        key = dropout_key(plan.seed, epoch)
        run = Epoch(data, targets, ids, losses, scalars, scalars.size // steps, samples, batch, key)
        at_once, done = path.steps_of_a_launch(batch), 0
        self._ahead = "device"
        try:
            for first in range(0, steps, at_once):
                if self._stopping:
                    raise KeyboardInterrupt
                end = min(first + at_once, steps)
                path.enqueue(run, first, end)
                done = end
            if shuffles:
                self._shuffled(samples, epoch + 1)  # drawn while the device works
        finally:  # also after Ctrl-C: the steps that were done have moved the optimizer's state
            first_bad, finite = context.read(launches.flags).tolist()
            done = min(done, first_bad)
            self.steps += done
        loss = math.nan if first_bad != NEVER else self._mean(context.read(losses))
        norm = float(context.read(launches.clip)[1]) if launches.measures_norm else math.nan
        for array in (ids, losses, scalars):
            context.release(array)
        if first_bad != NEVER:  # the last step, which looks at the parameters, was not done
            finite = np.isfinite(context.read(launches.parameters)).all()
        return Run(done, loss, norm, first_bad != NEVER, bool(finite))

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Return the loss of all samples as one batch, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        If the loss is NaN or infinite, the gradients of the parameters are NaN.
        """
        plan, context, launches, samples = self.plan, self.context, self._launches, len(X)
        work = Workspace(context, plan, launches.layers, samples, training=True)
        ids, losses = context.copy(np.arange(samples), np.int32), context.array(samples, plan.dtype)
        launches.flags.write(np.array(NOTHING_BAD))
        self._upload()
        data, targets = self._on_device(X), self._on_device(y)
        launches.gradients(work, data, targets, ids.address, losses.address, samples, 0, dropout_key(plan.seed, 0))
        gradient = context.read(work.gradients)
        if context.read(launches.flags)[0] != NEVER:
            for segment in plan.segments:
                gradient[segment.slice] = math.nan
        deltas = [context.read(delta).reshape(samples, -1) for delta in work.deltas]
        loss = self._mean(context.read(losses))
        work.close()
        for array in (ids, losses):
            context.release(array)
        return loss, gradient, deltas

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Return (outputs of shape (samples, outputs), mean loss) for all samples, or for those in ``subset``.

        Without targets the loss is NaN.
        """
        plan, context = self.plan, self.context
        subset = np.arange(len(X)) if subset is None else subset
        samples = len(subset)
        if not samples:
            return np.empty((0, plan.outputs), plan.dtype), math.nan
        work = self._workspace(min(samples, CHUNK_ROWS))
        data, targets = self._on_device(X), None if y is None else self._on_device(y)
        ids, outputs = context.copy(subset, np.int32), context.array(samples * plan.outputs, plan.dtype)
        losses = context.array(0 if y is None else samples, plan.dtype)
        self._upload()
        self._launches.evaluate(work, data, targets, ids, outputs, losses)
        result = context.read(outputs).reshape(samples, -1), self._mean(context.read(losses))
        for array in (ids, outputs, losses):
            context.release(array)
        return result

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of (parameters, optimizer state)."""
        self.pull()
        return self.parameters.copy(), self.context.read(self._state)

    def pull(self) -> None:
        """Bring the network's flat buffer up to date."""
        if self._ahead == "device":
            self.parameters[:] = self.context.read(self._launches.parameters)
            self._ahead = None

    def push(self) -> None:
        """Go on with the numbers in the network's flat buffer, which pull() has brought up to date before."""
        assert self._ahead != "device"
        self._ahead = "host"

    def keep(self, *names: str) -> None:
        """Keep the parameters and the optimizer's state under each of these names, in copies on the device."""
        self._upload()
        now = self._launches.parameters, self._state
        for name in names:
            if name not in self._kept:
                self._kept[name] = [self.context.array(array.size, array.dtype) for array in now]
            for copy, array in zip(self._kept[name], now, strict=True):
                copy.take(array)

    def kept(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what was kept under a name."""
        parameters, state = self._kept[name]
        return self.context.read(parameters), self.context.read(state)

    def _upload(self) -> None:
        """Copy the parameters to the device if the host has changed them."""
        if self._ahead == "host":
            self._launches.parameters.write(self.parameters)
            self._ahead = None

    def restore(self, parameters: np.ndarray, state: np.ndarray, steps: int) -> None:
        """Continue from a snapshot."""
        self.parameters[:], self.steps, self._ahead = parameters, steps, "host"
        self._state.write(state)

    def _workspace(self, rows: int) -> Workspace:
        """Return a workspace for an evaluation of this number of rows: the current one if it is large enough."""
        if self._evaluation is None or self._evaluation.rows < rows:
            if self._evaluation is not None:
                self._evaluation.close()
            self._evaluation = Workspace(self.context, self.plan, self._launches.layers, rows, training=False)
        return self._evaluation

    def _shuffled(self, samples: int, epoch: int) -> np.ndarray:
        """Return the order of an epoch. It is drawn once."""
        if self._order is None or self._order[0] != (samples, epoch):
            self._order = (samples, epoch), shuffled(samples, self.plan.seed, epoch)
        return self._order[1]

    def _scalars(self, steps: int) -> Array:
        """Return the optimizer's scalars of the next steps, row by row.

        Of an epoch, not of the run: only the training procedure knows whether there is another epoch.
        """
        bound = self.plan.optimizer
        assert bound is not None
        rows = [(*bound.part.scalar_values(self.steps + step + 1, bound.values), 0.0) for step in range(steps)]
        return self.context.copy(np.array(rows, self.plan.dtype).reshape(-1))

    def _on_device(self, array: np.ndarray) -> Array:
        """Return the copy of an array of the host. Those used last are kept."""
        for place, (host, copy) in enumerate(self._data):
            if host is array:
                self._data.append(self._data.pop(place))
                return copy
        if len(self._data) == KEPT_ARRAYS:
            self.context.release(self._data.pop(0)[1])
        self._data.append((array, self.context.copy(array.reshape(-1))))
        return self._data[-1][1]

    def _mean(self, losses: np.ndarray) -> float:
        """Return the mean loss from one number per sample; NaN without samples."""
        elements = 1 if self.plan.loss is None or self.plan.loss.part.rowwise else self.plan.outputs
        return float(np.add.reduce(losses, dtype=np.float64)) / len(losses) / elements if len(losses) else math.nan
