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

Watch = Callable[[Record, Callable[[], None]], Any]  # a record, and what brings the network up to date for a look at it
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
        watch: Watch | None,
    ):
        self.net, self.plan, self.program, self.data = net, plan, program, data
        self.measure, self.watch = measure, watch
        self.result = Result()
        net.loss = plan.loss  # whoever watches may save or use the network
        self.epochs_before = 0
        self._continue()
        self.marks: dict[str, tuple[int, int]] = {}  # steps and epochs of what is kept
        self.best_loss = math.inf
        self._keep("good")  # the last state in which all numbers were finite

    def _continue(self) -> None:
        """Continue an earlier training of the network; with the same optimizer, also from its state."""
        before, optimizer = self.net.continuation, self.plan.optimizer
        if before is None or optimizer is None:
            return
        self.epochs_before = before.epochs
        if before.optimizer.part == optimizer.part and before.optimizer.choices == optimizer.choices:
            self.program.restore(self.net.parameters, before.state, before.steps)

    def _keep(self, *names: str) -> None:
        self.program.keep(*names)
        mark = self.program.steps, self.epochs_before + len(self.result.history)
        self.marks.update(dict.fromkeys(names, mark))

    def _kept(self, name: str) -> Snapshot:
        assert self.plan.optimizer is not None
        return Snapshot(*self.program.kept(name), *self.marks[name], self.plan.optimizer)

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
                parameters, _ = self.program.snapshot()  # taken in the middle of an epoch, which may have lasted hours
                if np.isfinite(parameters).all():
                    self._keep("good")
            error.result = result  # type: ignore[attr-defined]  # so that the caller can save the epochs so far
            raise
        finally:
            self._finish()
        return result

    def _asked_to_stop(self) -> bool:
        """Call ``watch``. Its result may be an array, which cannot be compared with a string."""
        if self.watch is None:
            return False
        looked = False

        def show() -> None:
            nonlocal looked
            looked = True
            self.program.pull()

        answer = self.watch(self.result.history[-1], show)
        if looked:
            self.program.push()  # the network may have been changed
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
        if validation_loss is not None and validation_loss < self.best_loss:
            self.best_loss, self.result.best_epoch = validation_loss, number
            self._keep("good", "best")
        else:
            self._keep("good")
        return run.norm

    def _finish(self) -> None:
        good = self._kept("good")
        self.result.last = last = self.net.copy()
        last.parameters[:] = good.parameters
        last.loss = self.plan.loss
        self._restore(self._kept("best") if "best" in self.marks else good)

    def _advice(self, epoch: int, step: int, in_training: bool) -> str:
        """Return the message of a training that diverged: where, and what to try."""
        optimizer = self.plan.optimizer
        assert optimizer is not None and self.plan.loss is not None
        where = f"in epoch {epoch}, at step {step + 1}" if in_training else f"after epoch {epoch}"
        lr = optimizer.values.get("lr")
        smaller = f"a smaller learning rate (lr={lr / 10:g} instead of {lr:g}), " if lr else ""
        kept = "best" if "best" in self.marks else "last good"
        return (
            f"The loss {self.plan.loss.name!r} became NaN or infinite {where}. Try {smaller}clip_norm=1, or inputs and "
            f"targets scaled to about -1 ... 1. The {kept} parameters are kept."
        )
