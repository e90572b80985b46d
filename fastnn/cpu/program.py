"""A plan compiled for the CPU: the only thing that the training procedure talks to."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fastnn.cpu.barrier import DIVERGED, yield_address
from fastnn.cpu.engine import EVALUATED_ROWS, MEMBER_SCRATCH, evaluate, run
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.lowering import Tables, lower
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.cpu.products import product_kernel
from fastnn.cpu.table import NONE, Buffers
from fastnn.cpu.team import Team, team_size
from fastnn.cpu.trial import Trial
from fastnn.plan import Plan, aligned_zeros, between_planes

WORKSPACE_ROWS = 1024  # larger batches are worked on in chunks, so that memory does not grow with them
ONE_THREAD_WORK = 2e7  # samples * parameters that the calling thread evaluates alone, in about a millisecond


@dataclass(frozen=True)
class Run:
    """What a run of mini-batches did: steps done, mean loss, largest gradient norm (NaN if not measured)."""

    steps: int
    loss: float
    norm: float
    diverged: bool


class Program:
    """Trains and evaluates one network; use as a context manager, or call close().

    parameters: the network's flat buffer, read and written in place. Data are C-contiguous arrays of the plan's
    dtype: X (samples, inputs), y (samples, outputs), or (samples, 1) class numbers.
    """

    def __init__(self, plan: Plan, parameters: np.ndarray, threads: int | None = None):
        self.plan, self.parameters = plan, parameters
        self.state, self._stride = aligned_zeros(0, plan.dtype), between_planes(plan.size, plan.dtype)
        self.steps = 0
        self._target_width = 1 if plan.loss is not None and plan.loss.part.target == "class" else plan.outputs
        self._loss = NONE if plan.loss is None else loss_kernel(plan.loss, plan.dtype).address
        self._rowwise = plan.loss is not None and plan.loss.part.rowwise
        size = team_size(threads)
        self._trial = Trial(size)
        self._scratch = aligned_zeros(size * MEMBER_SCRATCH, plan.dtype)
        self._compiled: set[object] = set()
        self._evaluation: tuple[Tables, np.ndarray] | None = None
        self._training: _Training | None = None
        self._rule = self._scalars = NONE
        self._hyper, self._hyper64 = np.zeros(1, plan.dtype), np.zeros(1)
        if plan.optimizer is not None:
            self._compile_optimizer()
        self._team = Team(size)  # last: nobody would end its threads if a formula could not be compiled

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._team.close()

    def _compile_optimizer(self) -> None:
        bound, plan = self.plan.optimizer, self.plan
        assert bound is not None
        unit, scalars, count = formulas(bound, plan.dtype)
        self._rule = update_kernel(bound, unit, count, plan.dtype).address
        step_scalars = scalars_kernel(bound, scalars, count, plan.dtype)
        self._scalars = NONE if step_scalars is None else step_scalars.address
        self._hyper64 = np.array([*bound.numbers.values(), 0.0])
        self._hyper = np.array([*bound.numbers.values(), 0.0], plan.dtype)
        self.state = aligned_zeros(len(unit.state) * self._stride, plan.dtype)
        initial = bound.part.state
        for number, name in enumerate(unit.state):
            for segment in plan.segments:
                self.state[number * self._stride :][segment.slice] = initial[name]

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """One epoch over the samples of ``subset`` (rows, int64): all mini-batches, with an update for each."""
        samples = len(subset)
        batch = samples if self.plan.batch_size is None else min(self.plan.batch_size, samples)
        steps = -(-samples // batch)
        call = self._training_call(X, y, subset, batch, update=True)
        job, buffers = call.job, call.buffers
        job["epoch"], job["steps_before"] = epoch, self.steps
        done = 0
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
        self.steps += done
        diverged = bool(self._team.sync[DIVERGED])
        seen = buffers.losses[: min(samples, done * batch)]
        loss = math.nan if diverged else float(np.mean(seen, dtype=np.float64)) / self._elements
        return Run(done, loss, float(buffers.largest_norm[0]) if job["measure_norm"] else math.nan, diverged)

    def compile(self) -> None:
        """Compile, or load, all that training and evaluating need, so that the first epoch need not."""
        X, y = np.zeros((1, self.plan.inputs), self.plan.dtype), np.zeros((1, self._target_width), self.plan.dtype)
        self._compile(run, self._training_call(X, y, np.zeros(1, np.int64), 1, update=True))
        self._training = None
        self.evaluate(X[:0], y[:0])

    def _compile(self, function, call: _Call) -> None:
        if function not in self._compiled:
            idle = call.job.copy()
            idle["samples"] = idle["first_step"] = idle["end_step"] = 0
            function(0, 1, idle, call.layers, call.buffers)
            self._compiled.add(function)

    def _call(self, function, call: _Call, size: int, seconds: float = math.inf) -> int:
        """The engine's function in ``size`` members, expected to take so long; what member 0 returns."""
        self._compile(function, call)  # by the calling thread, so that Ctrl-C can end a compilation
        return self._team.run(lambda member, members: function(member, members, *call), size, seconds)

    @property
    def _elements(self) -> int:
        return 1 if self._rowwise else self.plan.outputs

    def _training_call(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, batch: int, update: bool) -> _Call:
        """What the engine takes to train on these data; its steps are to be set."""
        plan, samples = self.plan, len(subset)
        rows = min(batch, WORKSPACE_ROWS) if update else batch
        if self._training is None or self._training.rows != rows or len(self._training.order) != samples:
            self._training = _Training(plan, rows, self._target_width, samples)
        training = self._training
        job = self._job(training.tables, samples, wants_loss=True)
        job["update"], job["batch"] = update, batch
        job["shuffle"], job["seed"] = update and plan.shuffle and batch < samples, plan.seed
        job["measure_norm"] = plan.measure_norm or plan.clip_norm is not None
        job["clip"], job["clip_norm"] = plan.clip_norm is not None, plan.clip_norm or 0.0
        job["rule"], job["scalars"], job["state_stride"] = self._rule, self._scalars, self._stride
        buffers = self._buffers(X, y, subset, training.tables, training.workspace)._replace(
            order=training.order, gradients=training.gradient, losses=training.losses, squares=training.squares,
            largest_norm=np.zeros(1), state=self.state,
        )  # fmt: skip
        return _Call(job, training.tables.layers, buffers)

    def _job(self, tables: Tables, samples: int, wants_loss: bool) -> np.ndarray:
        """The record of a call, as far as training and evaluating have it in common."""
        job = tables.job.copy()
        job["samples"] = samples
        job["loss"], job["loss_rowwise"] = self._loss if wants_loss else NONE, self._rowwise
        job["product"], job["yield_core"] = product_kernel(self.plan.dtype).address, yield_address()
        return job

    def _buffers(
        self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, tables: Tables, workspace: np.ndarray
    ) -> Buffers:
        """The buffers of a call, as far as training and evaluating have them in common."""
        none, none64 = workspace[:0], self._hyper64[:0]
        return Buffers(
            sync=self._team.sync, X=_flat(X), Y=_flat(y), subset=subset, parameters=self.parameters,
            workspace=workspace, scratch=self._scratch, constants=tables.constants, hyper=self._hyper,
            hyper64=self._hyper64, order=subset, gradients=none, state=none, losses=none, outputs=none, squares=none64,
            largest_norm=none64,
        )  # fmt: skip

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Of all samples as one batch: the loss, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        Where the loss is NaN or infinite the gradients of the parameters are NaN.
        """
        samples = len(X)
        call = self._training_call(X, y, np.arange(samples), samples, update=False)
        call.job["first_step"], call.job["end_step"] = 0, 1
        self._call(run, call, 1)
        gradient = call.buffers.gradients.copy()
        if self._team.sync[DIVERGED]:  # the engine goes no further
            for segment in self.plan.segments:
                gradient[segment.slice] = math.nan
        deltas = []
        for layer in call.layers:
            begin, elements = layer["delta"], samples * layer["fan_out"]
            deltas.append(call.buffers.workspace[begin : begin + elements].reshape(samples, -1).copy())
        return float(np.mean(call.buffers.losses, dtype=np.float64)) / self._elements, gradient, deltas

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """(outputs of shape (samples, outputs), mean loss) of all samples, or those of ``subset``.

        Without targets the loss is NaN.
        """
        plan, team = self.plan, self._team
        if self._evaluation is None:
            tables = lower(plan, EVALUATED_ROWS, self._target_width, training=False)
            tables.job["member_workspace"] = tables.workspace
            self._evaluation = (tables, aligned_zeros(team.size * tables.workspace, plan.dtype))
        tables, workspace = self._evaluation
        subset = np.arange(len(X)) if subset is None else subset
        outputs = np.empty((len(subset), plan.outputs), plan.dtype)
        losses = np.empty(0 if y is None else len(subset), plan.dtype)
        buffers = self._buffers(X, losses if y is None else y, subset, tables, workspace)
        buffers = buffers._replace(outputs=_flat(outputs), losses=losses)
        call = _Call(self._job(tables, len(subset), wants_loss=y is not None), tables.layers, buffers)
        self._compile(evaluate, call)
        if len(subset):
            alone = len(subset) * plan.size < ONE_THREAD_WORK
            self._call(evaluate, call, 1 if alone else team.size, 0.0 if alone else math.inf)
        return outputs, float(np.mean(losses, dtype=np.float64)) / self._elements if len(losses) else math.nan


class _Call(NamedTuple):
    """What each member passes to the engine, behind its number and the size of the team."""

    job: np.ndarray
    layers: np.ndarray
    buffers: Buffers


class _Training:
    """The tables and buffers of training with this many rows at a time."""

    def __init__(self, plan: Plan, rows: int, target_width: int, samples: int):
        self.rows = rows
        self.tables = lower(plan, rows, target_width, training=True)
        self.workspace = aligned_zeros(self.tables.workspace, plan.dtype)
        self.gradient = plan.buffer()
        self.order = np.zeros(samples, np.int64)  # rows that exist, even where a dead member never drew them
        self.losses = np.zeros(samples, plan.dtype)
        self.squares = np.zeros(int(self.tables.job["squares_count"]))


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1)
