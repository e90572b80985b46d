"""The training procedure: for each epoch all mini-batches, then validation, and the best parameters kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from fastnn.arrays import flag, number, whole
from fastnn.errors import DeviceError, Diverged, UsageError, unknown
from fastnn.network import Network
from fastnn.parts import Bound
from fastnn.plan import Plan, training_plan
from fastnn.registry import resolve
from fastnn.samples import Samples
from fastnn.targets import check_outputs, metrics

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Record:
    """One epoch: losses are means over samples (over all elements for elementwise losses), without penalties.

    train_loss is taken while the epoch runs, each batch before its update; metrics are of the validation set.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    metrics: dict[str, float]
    lr: float | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)


@dataclass
class Result:
    """What a training did. ``last``: the network as it was after the last epoch; stopped: why it ended."""

    history: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    stopped: str = "epochs"
    last: Network | None = None


@dataclass
class Snapshot:
    """Parameters and optimizer state at the end of an epoch, and the clocks: steps and epochs done so far."""

    parameters: np.ndarray
    state: np.ndarray
    steps: int
    epochs: int
    optimizer: Bound


def train(
    net: Network,
    X: Any,
    y: Any,
    *,
    loss: Any = "cross_entropy",
    optimizer: Any = "adam",
    lr: float | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    validation: Any = 0.2,
    shuffle: bool = True,
    seed: int = 0,
    device: str = "cpu",
    threads: int | None = None,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    early_stopping: int | None = None,
    tolerance: float | None = None,
    on_epoch: Callable[[Record], Any] | None = None,
) -> Result:
    """Train ``net`` in place on X (samples, inputs) and y, and leave it the best parameters by validation loss.

    y: what the loss takes: (samples,) or (samples, outputs) values; class numbers, or one-hot rows.
    lr: None for the optimizer's own default. batch_size: None for 128, or all samples where the optimizer is
    defined on the whole data set (gd). validation: a fraction drawn by the seed, a pair (Xv, yv), or None; without
    it the last parameters stay. shuffle: draw a new order every epoch. threads: None for all that the process may
    use; the result is the same for any number, to the bit. dropout: of hidden units. l1, l2: penalties
    l1 * |W| and l2/2 * W² a batch, on weights only. clip_norm: upper limit of the gradient's norm.
    early_stopping: end after so many epochs without a lower validation loss. tolerance: end after an epoch in
    which the gradient's norm was at most this at every step. on_epoch: called with every Record; it ends the
    training by returning "stop".

    Called again it goes on: with the same optimizer its state and its clock go on too.

    Raises UsageError, DataError, DeviceError; Diverged where the loss becomes NaN or infinite, and
    KeyboardInterrupt on Ctrl-C: the network then has its best or last good parameters, and the exception's
    ``result`` is the run so far.
    """
    if not isinstance(net, Network):
        raise UsageError(f"net is a {type(net).__name__}: it must be a fastnn.Network.")
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a Record, or None.")
    loss_part, optimizer_part = _parts(net, loss, optimizer, lr)
    plan = _plan(
        net, loss_part, optimizer_part, batch_size=batch_size, shuffle=flag("shuffle", shuffle),
        seed=whole("seed", seed, 0), dropout=number("dropout", dropout, 0, below=1),
        l1=number("l1", l1, 0), l2=number("l2", l2, 0),
        clip_norm=None if clip_norm is None else number("clip_norm", clip_norm, above=0),
        measure_norm=tolerance is not None,
    )  # fmt: skip
    epochs = whole("epochs", epochs, 0)
    patience = None if early_stopping is None else whole("early_stopping", early_stopping, 1)
    limit = None if tolerance is None else number("tolerance", tolerance, 0)
    check_device(device)
    data = Samples(net, X, y, plan, validation, seed)
    if patience is not None and not data.validates:
        raise UsageError("early_stopping watches the validation loss: give validation=0.2 or a pair (Xv, yv).")

    from fastnn.cpu.program import Program

    with Program(plan, net.parameters, threads) as program:
        program.compile()
        procedure = _Procedure(net, plan, program, data, on_epoch)
        return procedure.run(epochs, patience, limit)


class _Procedure:
    """One call of train, once everything is checked."""

    def __init__(self, net: Network, plan: Plan, program: Any, data: Samples, on_epoch: Callable[[Record], Any] | None):
        self.net, self.plan, self.program, self.data, self.on_epoch = net, plan, program, data, on_epoch
        self.result = Result()
        net.loss = plan.loss  # on_epoch may save or use the network
        self.epochs_before = 0
        self._go_on()
        self.good = self._snapshot()  # the last state that is known to be sound
        self.best: Snapshot | None = None
        self.best_loss = math.inf

    def _go_on(self) -> None:
        before, optimizer = self.net.continuation, self.plan.optimizer
        if before is None or optimizer is None:
            return
        self.epochs_before = before.epochs
        same = before.optimizer.part == optimizer.part and before.optimizer.choices == optimizer.choices
        if same and before.state.shape == self.program.state.shape:
            self.program.state[:] = before.state
            self.program.steps = before.steps

    def _snapshot(self) -> Snapshot:
        program, optimizer = self.program, self.plan.optimizer
        assert optimizer is not None
        done = self.epochs_before + len(self.result.history)
        return Snapshot(self.net.parameters.copy(), program.state.copy(), program.steps, done, optimizer)

    def _restore(self, snapshot: Snapshot) -> None:
        self.net.parameters[:] = snapshot.parameters
        self.net.loss = self.plan.loss
        self.net.continuation = replace(snapshot, parameters=self.net.parameters)

    def run(self, epochs: int, patience: int | None, tolerance: float | None) -> Result:
        """Epoch after epoch; whatever ends it, the network is left sound."""
        result = self.result
        try:
            for number in range(1, epochs + 1):
                norm = self._epoch(number)
                if self.on_epoch is not None and self.on_epoch(result.history[-1]) == "stop":
                    result.stopped = "callback"
                elif patience is not None and number - (result.best_epoch or 0) >= patience:
                    result.stopped = "early_stopping"
                elif tolerance is not None and norm <= tolerance:
                    result.stopped = "tolerance"
                if result.stopped != "epochs":
                    break
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and np.isfinite(self.net.parameters).all():
                self.good = self._snapshot()  # in the middle of an epoch, but hours of work may be in it
            error.result = result  # type: ignore[attr-defined]  # what there is can still be saved
            raise
        finally:
            self._finish()
        return result

    def _epoch(self, number: int) -> float:
        began = time.perf_counter()
        data, program, plan = self.data, self.program, self.plan
        assert plan.loss is not None and plan.optimizer is not None
        run = program.train(data.X, data.y, data.train_rows, self.epochs_before + number)
        validation_loss, measured = None, {}
        if not run.diverged and data.validates:
            outputs, validation_loss = program.evaluate(*data.validation)
            measured = metrics(outputs, data.validation_targets, plan.loss)
        parameters_sound = bool(np.isfinite(self.net.parameters).all())
        if run.diverged or not parameters_sound or not math.isfinite(validation_loss or 0.0):
            raise Diverged(self._what_to_try(number, run.steps, run.diverged), self.result)
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

    def _what_to_try(self, epoch: int, step: int, in_training: bool) -> str:
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


def _parts(net: Network, loss: Any, optimizer: Any, lr: float | None) -> tuple[Bound, Bound]:
    loss_part, optimizer_part = resolve("loss", loss), resolve("optimizer", optimizer)
    check_outputs(net.plan, loss_part)
    if lr is not None:
        if "lr" not in optimizer_part.values:
            raise UsageError(f"The optimizer {optimizer_part.name!r} has no learning rate lr.")
        optimizer_part = optimizer_part.part(**{**optimizer_part.values, "lr": lr})
    return loss_part, optimizer_part


def _plan(net: Network, loss: Bound, optimizer: Bound, *, batch_size: int | None, **settings: Any) -> Plan:
    if optimizer.part.batch == "full":
        if batch_size is not None:
            raise UsageError(
                f"The optimizer {optimizer.name!r} always takes the whole data set: leave out batch_size={batch_size}, "
                "or use 'sgd' for mini-batches."
            )
        size = None
    else:
        size = DEFAULT_BATCH if batch_size is None else whole("batch_size", batch_size, 1)
    return training_plan(net.plan, loss=loss, optimizer=optimizer, batch_size=size, **settings)


DEFAULT_BATCH = 128


def check_device(device: str) -> None:
    """UsageError for a device that does not exist, DeviceError for one that cannot be used here."""
    if device not in DEVICES:
        raise UsageError(unknown("device", device, DEVICES))
    if device == "cuda":
        raise DeviceError("The device 'cuda' is not available: this version of fastnn has no CUDA program. Use 'cpu'.")
