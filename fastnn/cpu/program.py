"""A plan compiled for the CPU: the only thing that the training procedure talks to."""

from __future__ import annotations

import math
import time

import numpy as np

from fastnn.buffers import aligned_zeros, between_planes
from fastnn.cpu import table as t
from fastnn.cpu.barrier import DIVERGED, yield_address
from fastnn.cpu.engine import EVALUATED_ROWS, MEMBER_SCRATCH, evaluate, run
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.lowering import Tables, lower
from fastnn.cpu.optimizer import formulas, scalars_kernel, update_kernel
from fastnn.cpu.products import product_kernel
from fastnn.cpu.team import Team, team_size
from fastnn.cpu.trial import Trial
from fastnn.plan import Plan
from fastnn.program import Run

WORKSPACE_ROWS = 1024  # larger batches are worked on in pieces, so that memory does not grow with them
LITTLE = 2e7  # samples * parameters that are evaluated by the calling thread, in about a millisecond
SPARED_BY_DECAY = "weight_decay"  # the hyperparameter that segments without decay see as 0


class CpuProgram:
    """Trains and evaluates one network; use as a context manager, or call close().

    parameters: the network's flat buffer, read and written in place. Data are C-contiguous arrays of the plan's
    dtype: X (samples, inputs), y (samples, outputs), or (samples, 1) class numbers.
    """

    def __init__(self, plan: Plan, parameters: np.ndarray, threads: int | None = None):
        self.plan, self.parameters = plan, parameters
        self.state, self._stride = aligned_zeros(0, plan.dtype), between_planes(plan.size, plan.dtype)
        self.steps = 0
        self._targets = 1 if plan.loss is not None and plan.loss.part.target == "class" else plan.outputs
        self._loss = 0 if plan.loss is None else loss_kernel(plan.loss, plan.dtype).address
        self._rowwise = plan.loss is not None and plan.loss.part.rowwise
        size = team_size(threads)
        self._trial = Trial(size)
        self._scratch = aligned_zeros(size * MEMBER_SCRATCH, plan.dtype)
        self._compiled: set[object] = set()
        self._evaluation: tuple[Tables, np.ndarray] | None = None
        self._training: _Training | None = None
        self._rule = self._scalars = 0
        self._hyper, self._hyper64 = np.zeros(2, plan.dtype), np.zeros(1)
        if plan.optimizer is not None:
            self._prepare_optimizer()
        self._team = Team(size)  # last: nobody would end its threads if a formula could not be compiled

    def __enter__(self) -> CpuProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._team.close()

    def _prepare_optimizer(self) -> None:
        bound, plan = self.plan.optimizer, self.plan
        assert bound is not None
        unit, scalars, count = formulas(bound, plan.dtype)
        self._rule = update_kernel(bound, unit, count, plan.dtype).address
        step_scalars = scalars_kernel(bound, scalars, count, plan.dtype)
        self._scalars = 0 if step_scalars is None else step_scalars.address
        self._hyper64 = np.array([*bound.numbers.values(), 0.0])
        kept = [0.0 if name == SPARED_BY_DECAY else value for name, value in bound.numbers.items()]
        self._hyper = np.array([*bound.numbers.values(), *kept, 0.0], plan.dtype)
        self.state = aligned_zeros(len(unit.state) * self._stride, plan.dtype)
        initial = bound.part.state
        for number, name in enumerate(unit.state):
            for segment in plan.segments:
                self.state[number * self._stride :][segment.slice] = initial[name]

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """One epoch over the samples of ``subset`` (rows, int64): all mini-batches, with an update each."""
        samples = len(subset)
        batch = samples if self.plan.batch_size is None else min(self.plan.batch_size, samples)
        steps = -(-samples // batch)
        job, arguments, losses, norms = self._prepare(X, y, subset, batch, update=True)
        job[t.EPOCH], job[t.STEPS_BEFORE] = epoch, self.steps
        done = 0
        while done < steps:
            threads, turn = self._trial.turn(steps - done)
            job[t.FIRST_STEP], job[t.LAST_STEP] = done, done + turn
            began = time.perf_counter()
            reached = self._call(run, job, arguments, threads, self._trial.expected(threads, turn))
            self._trial.record(threads, turn, time.perf_counter() - began)
            if reached < done + turn:
                done = reached
                break
            done = reached
        self.steps += done
        diverged = bool(self._team.sync[DIVERGED])
        seen = losses[: min(samples, done * batch)]
        loss = math.nan if diverged else float(np.mean(seen, dtype=np.float64)) / self._elements
        finite = bool(np.isfinite(self.parameters).all())
        return Run(done, loss, float(norms[1]) if job[t.NORM] else math.nan, diverged, finite)

    def compile(self) -> None:
        """Compile, or load, all that training and evaluating need, so that the first epoch need not."""
        X, y = np.zeros((1, self.plan.inputs), self.plan.dtype), np.zeros((1, self._targets), self.plan.dtype)
        job, arguments, _, _ = self._prepare(X, y, np.zeros(1, np.int64), 1, update=True)
        self._compile(run, job, arguments)
        self._training = None
        self.evaluate(X[:0], y[:0])

    def _compile(self, function, job: np.ndarray, arguments: tuple) -> None:
        if function not in self._compiled:
            idle = job.copy()
            idle[t.SAMPLES] = idle[t.FIRST_STEP] = idle[t.LAST_STEP] = 0
            function(0, 1, self._team.sync, idle, *arguments)
            self._compiled.add(function)

    def _call(self, function, job: np.ndarray, arguments: tuple, size: int, seconds: float = math.inf) -> int:
        """The engine's function in ``size`` members, expected to take so long; what member 0 returns."""
        self._compile(function, job, arguments)  # by the calling thread, so that Ctrl-C can end a compilation
        sync = self._team.sync
        return self._team.run(lambda member, members: function(member, members, sync, job, *arguments), size, seconds)

    @property
    def _elements(self) -> int:
        return 1 if self._rowwise else self.plan.outputs

    def _prepare(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, batch: int, update: bool):
        """(job, the arguments of the engine that follow it, losses, norms) for training on these data."""
        plan, samples = self.plan, len(subset)
        rows = min(batch, WORKSPACE_ROWS) if update else batch
        if self._training is None or self._training.rows != rows or len(self._training.order) != samples:
            self._training = _Training(plan, rows, self._targets, samples)
        training = self._training
        job = self._job(training.tables, samples)
        job[t.UPDATE], job[t.BATCH], job[t.ROWS] = update, batch, rows
        job[t.SHUFFLE] = update and plan.shuffle and batch < samples
        job[t.NORM] = 2 if plan.clip_norm is not None else int(plan.measure_norm)
        job[t.SEED] = plan.seed
        job[t.BLOCK_COUNT], job[t.STRIDE] = len(training.blocks), self._stride
        if update:
            job[t.RULE], job[t.SCALARS], job[t.HYPER_STRIDE] = self._rule, self._scalars, len(self._hyper) // 2
        norms = np.array([plan.clip_norm or 0.0, 0.0])
        arguments = (
            training.tables.layers, training.tables.reals, _flat(X), _flat(y), subset, training.order, self.parameters,
            training.gradient, self.state, training.workspace, self._scratch, training.losses,
            training.tables.constants, self._hyper, self._hyper64, norms, training.blocks,
        )  # fmt: skip
        return job, arguments, training.losses, norms

    def _job(self, tables: Tables, samples: int) -> np.ndarray:
        job = np.zeros(t.JOB_PLACES, np.int64)
        job[t.SAMPLES], job[t.TARGETS], job[t.WORKSPACE] = samples, self._targets, tables.workspace
        job[t.LOSS], job[t.LOSS_ROWWISE], job[t.RELAX] = self._loss, self._rowwise, yield_address()
        job[t.PRODUCT] = product_kernel(self.plan.dtype).address
        job[t.LOSS_CONSTANTS], job[t.LOSS_WORK] = tables.loss_constants, tables.loss_work
        job[t.GATHERED], job[t.GATHERED_TARGETS] = tables.gathered, tables.gathered_targets
        return job

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Of all samples as one batch: the loss, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        Where the loss is NaN or infinite the gradients of the parameters are NaN.
        """
        samples = len(X)
        job, arguments, losses, _ = self._prepare(X, y, np.arange(samples), samples, update=False)
        job[t.FIRST_STEP], job[t.LAST_STEP] = 0, 1
        self._call(run, job, arguments, 1)
        assert self._training is not None
        gradient = self._training.gradient.copy()
        if self._team.sync[DIVERGED]:  # the engine goes no further
            for segment in self.plan.segments:
                gradient[segment.slice] = math.nan
        deltas = []
        for row in self._training.tables.layers:
            begin, elements = row[t.DELTA], samples * row[t.FAN_OUT]
            deltas.append(self._training.workspace[begin : begin + elements].reshape(samples, -1).copy())
        return float(np.mean(losses, dtype=np.float64)) / self._elements, gradient, deltas

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """(outputs of shape (samples, outputs), mean loss) of all samples, or those of ``subset``.

        Without targets the loss is NaN.
        """
        plan, team = self.plan, self._team
        if self._evaluation is None:
            tables = lower(plan, EVALUATED_ROWS, self._targets, training=False)
            self._evaluation = (tables, aligned_zeros(team.size * tables.workspace, plan.dtype))
        tables, workspace = self._evaluation
        subset = np.arange(len(X)) if subset is None else subset
        job = self._job(tables, len(subset))
        job[t.ROWS] = EVALUATED_ROWS
        if y is None:
            job[t.LOSS] = 0
        outputs = np.empty((len(subset), plan.outputs), plan.dtype)
        losses = np.empty(0 if y is None else len(subset), plan.dtype)
        targets = losses if y is None else _flat(y)
        arguments = (
            tables.layers, tables.reals, _flat(X), targets, subset, self.parameters, workspace, self._scratch,
            _flat(outputs), losses, tables.constants,
        )  # fmt: skip
        self._compile(evaluate, job, arguments)
        if len(subset):
            little = len(subset) * plan.size < LITTLE
            self._call(evaluate, job, arguments, 1 if little else team.size, 0.0 if little else math.inf)
        return outputs, float(np.mean(losses, dtype=np.float64)) / self._elements if len(losses) else math.nan

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of (parameters, optimizer state)."""
        return self.parameters.copy(), self.state.copy()

    def restore(self, parameters: np.ndarray, state: np.ndarray, steps: int) -> None:
        """Go on from a snapshot."""
        self.parameters[:], self.state[:], self.steps = parameters, state, steps


class _Training:
    """The tables and buffers of training with this many rows at a time."""

    def __init__(self, plan: Plan, rows: int, targets: int, samples: int):
        self.rows = rows
        self.tables = lower(plan, rows, targets, training=True)
        self.workspace = aligned_zeros(self.tables.workspace, plan.dtype)
        self.gradient = plan.buffer()
        self.order = np.zeros(samples, np.int64)  # rows that exist, even where a dead member never drew them
        self.losses = np.zeros(samples, plan.dtype)
        self.blocks = np.zeros(self.tables.blocks)


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1)
