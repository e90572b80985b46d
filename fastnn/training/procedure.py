"""The training procedure: for each epoch all mini-batches, then validation. The best parameters are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from fastnn.checks import require_buffer
from fastnn.errors import Diverged
from fastnn.network.network import Network
from fastnn.network.state import Snapshot
from fastnn.parts.part import Bound
from fastnn.plan import Plan
from fastnn.program import Program
from fastnn.training.record import Record, Result
from fastnn.training.samples import Samples

Measure = Callable[[np.ndarray, np.ndarray, Bound], dict[str, float]]  # outputs, targets, loss -> metrics


class Procedure:
    """One call of ``fastnn.train``, after all arguments have been checked."""

    def __init__(
        self,
        net: Network,
        plan: Plan,
        program: Program,
        data: Samples,
        measure: Measure,
        on_epoch: Callable[[Record], Any] | None,
    ):
        self.net, self.plan, self.program, self.data = net, plan, program, data
        self.measure, self.on_epoch = measure, on_epoch
        self.result = Result()
        net.loss = plan.loss  # on_epoch may save or use the network
        self.epochs_before = 0
        self._continue()
        self.good = self._snapshot()  # the last state in which all numbers were finite
        self.best: Snapshot | None = None
        self.best_loss = math.inf

    def _continue(self) -> None:
        """Continue an earlier training of the network; with the same optimizer, also from its state."""
        before, optimizer = self.net.continuation, self.plan.optimizer
        if before is None or optimizer is None:
            return
        self.epochs_before = before.epochs
        if before.optimizer.part == optimizer.part and before.optimizer.choices == optimizer.choices:
            self.program.restore(self.net.parameters, before.state, before.steps)

    def _snapshot(self) -> Snapshot:
        optimizer = self.plan.optimizer
        assert optimizer is not None
        parameters, state = self.program.snapshot()
        done = self.epochs_before + len(self.result.history)
        return Snapshot(parameters, state, self.program.steps, done, optimizer)

    def _restore(self, snapshot: Snapshot) -> None:
        require_buffer(self.net.parameters, self.plan.size, self.plan.dtype)  # on_epoch may have changed its flags
        self.net.parameters[:] = snapshot.parameters
        self.net.loss = self.plan.loss
        self.net.continuation = replace(snapshot, parameters=self.net.parameters)

    def run(self, epochs: int, patience: int | None, tolerance: float | None) -> Result:
        """Train for up to ``epochs`` epochs. Afterwards the network has its best, or last finite, parameters.

        patience: epochs without a lower validation loss after which training ends. tolerance: training ends after an
        epoch in which the norm of the gradient was at most this at every step. None switches either of them off.
        """
        result = self.result
        try:
            for number in range(1, epochs + 1):
                norm = self._epoch(number)
                if self._asked_to_stop():
                    result.stopped = "callback"
                elif patience is not None and number - (result.best_epoch or 0) >= patience:
                    result.stopped = "early_stopping"
                elif tolerance is not None and norm <= tolerance:
                    result.stopped = "tolerance"
                if result.stopped != "epochs":
                    break
        except BaseException as error:
            if isinstance(error, Diverged):
                result.stopped = "diverged"
            elif isinstance(error, KeyboardInterrupt):
                result.stopped = "interrupted"
                interrupted = self._snapshot()  # taken in the middle of an epoch, which may have lasted hours
                if np.isfinite(interrupted.parameters).all():
                    self.good = interrupted
            error.result = result  # type: ignore[attr-defined]  # so that the caller can save the epochs so far
            raise
        finally:
            self._finish()
        return result

    def _asked_to_stop(self) -> bool:
        """Call on_epoch. Its result may be an array, which cannot be compared with a string."""
        answer = None if self.on_epoch is None else self.on_epoch(self.result.history[-1])
        return isinstance(answer, str) and answer == "stop"

    def _epoch(self, number: int) -> float:
        """Train and validate for one epoch, and return the largest norm of the gradient."""
        began = time.perf_counter()
        data, program, plan = self.data, self.program, self.plan
        assert plan.loss is not None and plan.optimizer is not None
        run = program.train(data.X, data.y, data.train_rows, self.epochs_before + number)
        validation_loss, measured = None, {}
        if not run.diverged and data.validates:
            outputs, validation_loss = program.evaluate(*data.validation)
            measured = self.measure(outputs, data.validation_targets, plan.loss)
        if run.diverged or not run.finite or not math.isfinite(validation_loss or 0.0):
            raise Diverged(self._advice(number, run.steps, run.diverged), self.result)
        lr = plan.optimizer.values.get("lr")
        record = Record(number, run.loss, validation_loss, measured, lr, time.perf_counter() - began)
        self.result.history.append(record)
        self.good = self._snapshot()
        if validation_loss is not None and validation_loss < self.best_loss:
            self.best_loss, self.best, self.result.best_epoch = validation_loss, self.good, number
        return run.norm

    def _finish(self) -> None:
        self.result.last = last = self.net.copy()
        last.parameters[:] = self.good.parameters
        last.loss = self.plan.loss
        self._restore(self.best or self.good)

    def _advice(self, epoch: int, step: int, in_training: bool) -> str:
        """Return the message of a training that diverged: where, and what to try."""
        optimizer = self.plan.optimizer
        assert optimizer is not None and self.plan.loss is not None
        where = f"in epoch {epoch}, at step {step + 1}" if in_training else f"after epoch {epoch}"
        lr = optimizer.values.get("lr")
        smaller = f"a smaller learning rate (lr={lr / 10:g} instead of {lr:g}), " if lr else ""
        kept = "best" if self.best is not None else "last good"
        return (
            f"The loss {self.plan.loss.name!r} became NaN or infinite {where}. Try {smaller}clip_norm=1, or inputs and "
            f"targets scaled to about -1 ... 1. The {kept} parameters are kept."
        )
