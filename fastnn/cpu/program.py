"""A plan compiled for the CPU: all that the training procedure needs to know of this device."""

from __future__ import annotations

import functools
import math
import time
from typing import NamedTuple

import numpy as np

from fastnn.buffers import aligned_zeros, between_planes
from fastnn.cpu.barrier import DIVERGED, ENDED, QUEUES, REACHED, WORDS, yield_address
from fastnn.cpu.engine import EVALUATED_ROWS, MEMBER_SCRATCH, evaluate, run
from fastnn.cpu.engine_data import JOB, NONE, Buffers, Job
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.lowering import Tables, lower
from fastnn.cpu.optimizer import optimizer_kernels
from fastnn.cpu.products import compile_beside, product_kernel
from fastnn.cpu.team import Team, team_size
from fastnn.cpu.trial import Trial
from fastnn.kernels.optimizer import formulas
from fastnn.plan import Plan
from fastnn.program import Run

WORKSPACE_ROWS = 1024  # larger batches are processed in chunks, so that memory does not grow with them
ONE_THREAD_WORK = 2e7  # samples * parameters; up to here the calling thread evaluates alone, in a millisecond


class CpuProgram:
    """Train and evaluate one network. Use it as a context manager, or call close().

    parameters: the network's flat buffer, read and written in place. Data are C-contiguous arrays of the plan's
    dtype: X (samples, inputs), y (samples, outputs), or (samples, 1) class numbers.
    """

    def __init__(self, plan: Plan, parameters: np.ndarray, threads: int | None = None):
        if plan.optimizer is not None:
            compile_beside(plan.dtype)
        self.plan, self.parameters = plan, parameters
        self.state, self._stride = aligned_zeros(0, plan.dtype), between_planes(plan.size, plan.dtype)
        self.steps = 0
        self._kept: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._target_width = 1 if plan.loss is not None and plan.loss.part.target == "class" else plan.outputs
        self._loss = NONE if plan.loss is None else loss_kernel(plan.loss, plan.dtype).address
        self._rowwise = plan.loss is not None and plan.loss.part.rowwise
        self._size = team_size(threads)
        self._trial = Trial(self._size)
        self._scratch = aligned_zeros(self._size * MEMBER_SCRATCH, plan.dtype)
        self._compiled: set[object] = set()
        self._stopping = False
        self._evaluation: _Call | None = None
        self._training: tuple[tuple[int, int, bool], _Call] | None = None
        self._rule = self._scalars = NONE
        self._hyper, self._hyper64 = np.zeros(1, plan.dtype), np.zeros(1)
        if plan.optimizer is not None:
            self._compile_optimizer()

    def __enter__(self) -> CpuProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        if "_team" in self.__dict__:
            self._team.close()

    def stop(self) -> None:
        """Let the run in progress, and each later one, raise KeyboardInterrupt in the thread that it was called from.

        Any thread may call this. It has to be repeated until it has worked: a run that just begins may overlook it.
        """
        self._stopping = True
        team: Team | None = self.__dict__.get("_team")
        if team is not None:
            team.stop()

    @functools.cached_property
    def _team(self) -> Team:
        """The threads. They are started on first use: many forward passes do not need them."""
        return Team(self._size)

    def _compile_optimizer(self) -> None:
        bound, plan = self.plan.optimizer, self.plan
        assert bound is not None
        unit = formulas(bound, plan.dtype)[0]
        update, step_scalars = optimizer_kernels(bound, plan.dtype)
        self._rule, self._scalars = update.address, NONE if step_scalars is None else step_scalars.address
        self._hyper64 = np.array([*bound.numbers.values(), 0.0])
        self._hyper = np.array([*bound.numbers.values(), 0.0], plan.dtype)
        self.state = aligned_zeros(len(unit.state) * self._stride, plan.dtype)
        initial = bound.part.state
        for number, name in enumerate(unit.state):
            for segment in plan.segments:
                self.state[number * self._stride :][segment.slice] = initial[name]

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """Train for one epoch on the rows in ``subset`` (int64): one update per mini-batch."""
        samples = len(subset)
        batch = samples if self.plan.batch_size is None else min(self.plan.batch_size, samples)
        steps = -(-samples // batch)
        call = self._training_call(X, y, subset, batch, update=True)
        job, buffers = call.job, call.buffers
        job["epoch"], job["steps_before"] = epoch, self.steps
        done = 0
        self._team.sync[ENDED] = 0  # of an earlier run
        try:
            while done < steps:
                threads, turn = self._trial.turn(steps - done)
                job["first_step"], job["end_step"] = done, done + turn
                began = time.perf_counter()
                reached = self._call(run, call, threads, self._trial.expected(threads, turn))
                self._trial.record(threads, turn, time.perf_counter() - began)
                if reached < done + turn:
                    done = reached
                    break
                done = reached
        except BaseException:  # Ctrl-C: the steps that were done have moved the optimizer's state
            if self._team.sync[ENDED]:
                done = max(done, int(self._team.sync[REACHED]))
            raise
        finally:
            self.steps += done
        diverged = bool(self._team.sync[DIVERGED])
        loss = math.nan if diverged else self._mean(buffers.losses[: min(samples, done * batch)])
        norm = float(buffers.largest_norm[0]) if job["measure_norm"] else math.nan
        return Run(done, loss, norm, diverged, bool(np.isfinite(self.parameters).all()))

    def compile(self) -> None:
        """Compile or load everything for training and evaluation, so that the first epoch does not have to wait."""
        tables = lower(self.plan, 1, self._target_width, training=True)
        buffers = self._buffers(tables, aligned_zeros(0, self.plan.dtype))
        self._compile(run, _Call(np.array(tables.job, JOB), tables.layers, buffers))  # first: the product takes longer
        X, y = np.zeros((0, self.plan.inputs), self.plan.dtype), np.zeros((0, self._target_width), self.plan.dtype)
        self.evaluate(X, y)

    def _compile(self, function, call: _Call) -> None:
        buffers = call.buffers  # of data that cannot be written to, a type of their own
        needed = function, buffers.X.flags.writeable, buffers.Y.flags.writeable, buffers.subset.flags.writeable
        if needed not in self._compiled:
            idle = call.job.copy()
            idle["samples"] = idle["first_step"] = idle["end_step"] = 0
            function(0, 1, idle, call.layers, *call.buffers)
            self._compiled.add(needed)

    def _call(self, function, call: _Call, size: int, seconds: float = math.inf) -> int:
        """Call the engine's function in ``size`` threads; return thread 0's result. seconds: expected duration."""
        self._compile(function, call)  # in the calling thread, so that Ctrl-C can end a compilation
        job, layers, buffers = call
        team = self._team
        if not self._stopping:
            result = team.run(lambda member, members: function(member, members, job, layers, *buffers), size, seconds)
        if self._stopping:
            raise KeyboardInterrupt
        return result

    def _mean(self, losses: np.ndarray) -> float:
        """Return the mean loss from one number per sample; NaN without samples."""
        elements = 1 if self._rowwise else self.plan.outputs
        return float(np.add.reduce(losses, dtype=np.float64)) / len(losses) / elements if len(losses) else math.nan

    def _training_call(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, batch: int, update: bool) -> _Call:
        """Return the call of the engine that trains on these data, still without its steps."""
        shape = (batch, len(subset), update)
        if self._training is None or self._training[0] != shape:
            self._training = (shape, self._new_training(*shape))
        job, layers, buffers = self._training[1]
        buffers = buffers._replace(X=_flat(X), Y=_flat(y), subset=subset, largest_norm=np.zeros(1))
        return _Call(job, layers, buffers)

    def _new_training(self, batch: int, samples: int, update: bool) -> _Call:
        """Return the call of the engine that trains on this number of samples, still without the samples."""
        plan = self.plan
        tables = lower(plan, min(batch, WORKSPACE_ROWS) if update else batch, self._target_width, training=True)
        job = tables.job._replace(
            update=update, batch=batch, samples=samples, shuffle=update and plan.shuffle and batch < samples,
            seed=plan.seed, measure_norm=plan.measure_norm or plan.clip_norm is not None,
            clip=plan.clip_norm is not None, clip_norm=plan.clip_norm or 0.0,
            rule=self._rule, scalars=self._scalars, state_stride=self._stride,
        )  # fmt: skip
        buffers = self._buffers(tables, aligned_zeros(tables.workspace, plan.dtype))._replace(
            gradients=plan.buffer(), state=self.state, losses=aligned_zeros(samples, plan.dtype),
            order=aligned_zeros(samples, "int64"),  # valid rows, even if a thread died before the order was drawn
            squares=np.zeros(job.squares_count), sync=self._team.sync if update else _sync_of_one(),
        )  # fmt: skip
        return _Call(self._as_record(job), tables.layers, buffers)

    def _as_record(self, job: Job) -> np.ndarray:
        """Return the job as the engine takes it, with the fields that training and evaluation share."""
        job = job._replace(
            loss=self._loss, loss_rowwise=self._rowwise,
            product=product_kernel(self.plan.dtype).address, yield_core=yield_address(),
        )  # fmt: skip
        return np.array(job, JOB)

    def _buffers(self, tables: Tables, workspace: np.ndarray) -> Buffers:
        """Return the buffers that training and evaluation share; the others are empty."""
        none, none64, no_rows = workspace[:0], np.zeros(0), np.zeros(0, np.int64)
        return Buffers(
            sync=_sync_of_one(), parameters=self.parameters, workspace=workspace, scratch=self._scratch,
            constants=tables.constants, hyper=self._hyper, hyper64=self._hyper64,
            X=none, Y=none, subset=no_rows, order=no_rows, gradients=none, state=none, losses=none, outputs=none,
            squares=none64, largest_norm=none64,
        )  # fmt: skip

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Return the loss of all samples as one batch, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        If the loss is NaN or infinite, the gradients of the parameters are NaN.
        """
        samples = len(X)
        job, layers, buffers = self._training_call(X, y, np.arange(samples), samples, update=False)
        job["first_step"], job["end_step"], buffers.sync[:] = 0, 1, 0
        run(0, 1, job, layers, *buffers)  # in another thread a single step could not be interrupted either
        gradient = buffers.gradients.copy()
        if buffers.sync[DIVERGED]:  # the engine stopped before the gradients
            for segment in self.plan.segments:
                gradient[segment.slice] = math.nan
        deltas = []
        for layer in layers:
            begin, elements = layer["delta"], samples * layer["fan_out"]
            deltas.append(buffers.workspace[begin : begin + elements].reshape(samples, -1).copy())
        return self._mean(buffers.losses), gradient, deltas

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Return (outputs of shape (samples, outputs), mean loss) for all samples, or for those in ``subset``.

        Without targets the loss is NaN.
        """
        if self._evaluation is None:
            self._evaluation = self._new_evaluation()
        subset = np.arange(len(X)) if subset is None else subset
        outputs = np.empty((len(subset), self.plan.outputs), self.plan.dtype)
        losses = np.empty(0 if y is None else len(subset), self.plan.dtype)
        job, layers, buffers = self._evaluation
        job["samples"], job["loss"] = len(subset), NONE if y is None else self._loss
        buffers = buffers._replace(
            X=_flat(X), Y=losses if y is None else _flat(y), subset=subset, outputs=_flat(outputs), losses=losses
        )
        if len(subset) * self.plan.size < ONE_THREAD_WORK:
            evaluate(0, 1, job, layers, *buffers)
        else:
            self._call(evaluate, _Call(job, layers, buffers._replace(sync=self._team.sync)), self._size)
        return outputs, self._mean(losses)

    def _new_evaluation(self) -> _Call:
        """Return the call of the engine that evaluates, still without the samples."""
        tables = lower(self.plan, EVALUATED_ROWS, self._target_width, training=False)
        job = tables.job._replace(member_workspace=tables.workspace)
        buffers = self._buffers(tables, aligned_zeros(self._size * tables.workspace, self.plan.dtype))
        return _Call(self._as_record(job), tables.layers, buffers)

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of (parameters, optimizer state)."""
        return self.parameters.copy(), self.state.copy()

    def pull(self) -> None:
        """Nothing to do: the network's flat buffer is the program's."""

    def push(self) -> None:
        """Nothing to do: the network's flat buffer is the program's."""

    def keep(self, *names: str) -> None:
        """Keep one copy of the parameters and the optimizer's state under all of these names."""
        self._kept.update(dict.fromkeys(names, self.snapshot()))

    def kept(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what was kept under a name."""
        return self._kept[name]

    def restore(self, parameters: np.ndarray, state: np.ndarray, steps: int) -> None:
        """Continue from a snapshot."""
        self.parameters[:], self.state[:], self.steps = parameters, state, steps


class _Call(NamedTuple):
    """The arguments of the engine's functions, apart from the thread's number and the number of threads."""

    job: np.ndarray  # of one JOB, without axes
    layers: np.ndarray  # of LAYER
    buffers: Buffers


def _sync_of_one() -> np.ndarray:
    """Return the ``sync`` of a thread that works alone."""
    return np.zeros(WORDS + QUEUES, np.int64)


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1)
