"""A training of which all arguments have been checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastnn.checks import require_memory
from fastnn.device import check_device, choose, program
from fastnn.errors import UsageError
from fastnn.network.arguments import parameter_bytes
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs
from fastnn.parts.registry import resolve
from fastnn.plan import Plan, training_plan
from fastnn.program import Program
from fastnn.training.arguments import check_batch_size, check_early_stopping, checked
from fastnn.training.arrays import Arrays
from fastnn.training.procedure import Measure, Procedure, Watch
from fastnn.training.record import Result
from fastnn.training.samples import Samples

PARAMETER_COPIES = 4  # in memory, at least: the parameters, their gradients, the optimizer's state, the best parameters


@dataclass
class Prepared:
    """A training that is ready to begin. It can be done once."""

    net: Network
    plan: Plan
    data: Samples
    measure: Measure
    device: str
    epochs: int
    early_stopping: int | None
    tolerance: float | None

    @property
    def work(self) -> int:
        """About how long the training takes, without a unit."""
        return self.epochs * len(self.data.train_rows) * self.plan.size

    def program(self, threads: int | None) -> Program:
        """Return the program that trains the network in place."""
        return program(self.plan, self.net.parameters, self.device, threads)

    def run(self, running: Program, watch: Watch | None) -> Result:
        """Train. The program is this training's own, and has been compiled."""
        data = self.data.numbered()  # only now: of many networks, few are trained at a time
        procedure = Procedure(self.net, self.plan, running, data, self.measure, watch)
        return procedure.run(self.epochs, self.early_stopping, self.tolerance)


def prepare_training(
    net: Network,
    X: Any,
    y: Any,
    measure: Measure,
    *,
    loss: Any,
    optimizer: Any,
    epochs: int,
    batch_size: int | None,
    validation: Any,
    shuffle: bool,
    seed: int,
    device: str,
    dropout: float,
    l1: float,
    l2: float,
    clip_norm: float | None,
    early_stopping: int | None,
    tolerance: float | None,
    lr: float | None = None,
    rows: Any = None,
    arrays: Arrays | None = None,
    threads: int | None = None,
) -> Prepared:
    """Check the arguments of a training, and convert its data. measure: computes the metrics of each epoch.

    It takes the outputs and the targets of the validation samples, in the form of the program, and the loss.
    rows: (training rows, validation rows), in place of ``validation``. arrays: the data of earlier trainings.
    threads: those that the training will have, by which the device 'auto' is chosen.
    """
    if not isinstance(net, Network):
        raise UsageError(f"net is a {type(net).__name__}: it must be a fastnn.Network.")
    loss_part = resolve("loss", loss)
    optimizer_part = resolve("optimizer", optimizer).changed({} if lr is None else {"lr": lr})
    check_outputs(net.plan, loss_part)
    check_batch_size(optimizer_part, batch_size)
    settings = checked({
        "batch_size": batch_size, "shuffle": shuffle, "seed": seed, "dropout": dropout, "l1": l1, "l2": l2,
        "clip_norm": clip_norm,
    })  # fmt: skip
    run = checked({"epochs": epochs, "early_stopping": early_stopping, "tolerance": tolerance})
    check_device(device)
    check_memory(net.sizes, net.dtype, f"Training a network of sizes {list(net.sizes)}")
    settings["batch_size"] = optimizer_part.part.batch_size(settings["batch_size"])
    plan = training_plan(
        net.plan, loss=loss_part, optimizer=optimizer_part, measure_norm=tolerance is not None, **settings
    )
    data = Samples(X, y, plan, validation, settings["seed"], rows, arrays)
    check_early_stopping(run["early_stopping"], data.validates)
    device, _ = choose(device, plan, len(data.train_rows), threads)
    return Prepared(net, plan, data, measure, device, run["epochs"], run["early_stopping"], run["tolerance"])


def check_memory(sizes: Sequence[int], dtype: str, what: str) -> None:
    """Raise UsageError, beginning with ``what``, if this machine's memory cannot hold the training of this network."""
    require_memory(what, PARAMETER_COPIES * parameter_bytes(sizes, dtype))
