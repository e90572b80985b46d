"""One run: from an Experiment to a trained model in its folder."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastnn.arrays import require_memory
from fastnn.config import Experiment
from fastnn.config.record import complete, fingerprint
from fastnn.data.dataset import Dataset, prepare
from fastnn.data.source import read, takes_arrays
from fastnn.data.table import Table
from fastnn.errors import Diverged, FastnnError, UsageError, unknown
from fastnn.model import Model
from fastnn.network import Network, parameter_bytes
from fastnn.registry import resolve
from fastnn.rundir import RunFolder
from fastnn.targets import check_outputs
from fastnn.training import DEFAULT_BATCH, Record, Result, check_device, train

COPIES = 4  # of all parameters at least: themselves, their gradients, the optimizer's state, the best
SAVE_SECONDS = 20.0  # a long run leaves its models this often, lest a power cut take them all
LOSSES = {"classification": "cross_entropy", "regression": "mse"}


class Watcher:
    """Whom a run tells what happens; this one keeps silent."""

    def note(self, text: str) -> None:
        """A remark on the data."""

    def begin(self, run: Run) -> None:
        """Everything is ready; the first epoch begins."""

    def epoch(self, record: Record) -> None:
        """An epoch has ended."""

    def end(self, outcome: Outcome) -> None:
        """The run is over, and its files are written."""


@dataclass(frozen=True)
class Run:
    """What is about to be trained, and where it will be kept."""

    experiment: Experiment
    dataset: Dataset
    network: Network
    folder: RunFolder


@dataclass
class Outcome:
    """What came of a run. test: loss and metrics of the rows that the source sets apart, where it does."""

    run: Run
    history: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    stopped: str = "epochs"
    test: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The time of all epochs."""
        return sum(record.seconds for record in self.history)

    @property
    def best(self) -> Record | None:
        """The epoch whose parameters the model has."""
        return self.history[(self.best_epoch or len(self.history)) - 1] if self.history else None


def execute(
    experiment: Experiment, *, out: str | None = None, overwrite: bool = False, plot: bool = True, watcher: Watcher
) -> Outcome:
    """Read the data, train, and write the run folder; the folder is made when all else is known to be right.

    Raises what the data, the configuration and the training raise. Whatever ends a training after its first epoch,
    the models and the curves as far as they came are written before; what ends it earlier leaves no trace,
    but for the first weights of a new run that diverged.
    """
    check_device(experiment.device)
    dataset = _dataset(experiment)
    for text in dataset.notes:
        watcher.note(text)
    if experiment.device == "auto":
        watcher.note("device auto: the CPU is taken, since this version does not train on CUDA")
    found = fingerprint(experiment.data)
    if experiment.data_sha256 and found != experiment.data_sha256:
        watcher.note(f"{experiment.data} has changed since the configuration was written: the result will be another")
    experiment = replace(_resolved(experiment, dataset), data_sha256=found)
    network = _network(experiment, dataset)
    run = Run(experiment, dataset, network, RunFolder(experiment.data, out, overwrite))
    outcome = Outcome(run)
    try:
        run.folder.write("config.toml", complete(experiment, str(run.folder)))
        watcher.begin(run)
        result = _train(run, outcome, watcher)
    except BaseException as error:
        worth = isinstance(error, KeyboardInterrupt) or (isinstance(error, Diverged) and not run.folder.replaces)
        if outcome.history or worth:
            _keep(outcome, getattr(error, "result", None) or Result(), plot)
        else:
            run.folder.discard()
        raise
    _keep(outcome, result, plot)
    if dataset.test is not None:
        outcome.test = Model(network, dataset.preprocessing).evaluate(*dataset.test)
    watcher.end(outcome)
    return outcome


def _dataset(experiment: Experiment) -> Dataset:
    """The arrays to train on; the table that they came from is not kept."""
    table = _read(experiment, experiment.data)
    of_table = not takes_arrays(experiment.data)
    return prepare(
        table,
        target=experiment.target if of_table else (),
        task=experiment.task,
        kind=experiment.loss.part.target if experiment.loss else None,
        validation=_validation(experiment, table),
        seed=experiment.seed,
        features=experiment.features if of_table else (),
        ignore=experiment.ignore,
        missing=experiment.missing,
        dtype=experiment.dtype,
    )


def _read(experiment: Experiment, name: str, kinds: Mapping[str, str] | None = None) -> Table:
    kinds = kinds or dict.fromkeys(experiment.categorical, "category")
    table = read(name, seed=experiment.seed, kinds=kinds, features=experiment.features,
                 target=experiment.target, header=experiment.header)  # fmt: skip
    for column in experiment.categorical:
        if column not in table.columns:
            raise UsageError(f"--categorical: {table.source}: {unknown('column', column, table.columns)}")
    return table


def _validation(experiment: Experiment, table: Table) -> float | Table:
    """The fraction, or the table in a file, read as the training table was."""
    if isinstance(experiment.validation, float | int):
        return experiment.validation
    return _read(experiment, experiment.validation, table.kinds)


def _resolved(experiment: Experiment, dataset: Dataset) -> Experiment:
    """The experiment with everything decided that was left to the data."""
    target = dataset.preprocessing.target
    loss = experiment.loss or resolve("loss", LOSSES[target.task])
    full = experiment.optimizer.part.batch == "full"
    batch_size = None if full else experiment.batch_size or DEFAULT_BATCH
    columns = experiment.target if takes_arrays(experiment.data) else target.columns
    device = "cpu" if experiment.device == "auto" else experiment.device
    return replace(experiment, task=target.task, loss=loss, batch_size=batch_size, target=columns, device=device)


def _network(experiment: Experiment, dataset: Dataset) -> Network:
    sizes = [dataset.preprocessing.width, *experiment.hidden, dataset.preprocessing.target.outputs]
    widths = ",".join(map(str, experiment.hidden)) or "none"
    require_memory(f"--hidden {widths}", COPIES * parameter_bytes(sizes, experiment.dtype))
    hidden = experiment.activation if len(experiment.activation) > 1 else experiment.activation[0]
    network = Network(
        sizes,
        activation=list(hidden) if isinstance(hidden, tuple) else hidden,
        output_activation=experiment.output_activation,
        initializer=experiment.initializer,
        bias_initializer=experiment.bias_initializer,
        dtype=experiment.dtype,
        seed=experiment.seed,
    )
    assert experiment.loss is not None
    check_outputs(network.plan, experiment.loss)
    network.loss = experiment.loss  # so that it is a model even where the first epoch is interrupted
    return network


def _train(run: Run, outcome: Outcome, watcher: Watcher) -> Result:
    saved, lowest = time.monotonic(), math.inf

    def on_epoch(record: Record) -> None:
        nonlocal saved, lowest
        outcome.history.append(record)
        run.folder.append(record)
        watcher.epoch(record)
        loss = record.train_loss if record.validation_loss is None else record.validation_loss
        if time.monotonic() - saved >= SAVE_SECONDS:
            model = Model(run.network, run.dataset.preprocessing)
            for failure in run.folder.save(model if loss <= lowest else None, model, run.dataset.source):
                watcher.note(f"the model could not be kept on the way: {str(failure).removesuffix('.')}")
            saved = time.monotonic()
        lowest = min(lowest, loss)

    e = run.experiment
    return train(
        run.network, run.dataset.X, run.dataset.y, validation=run.dataset.validation, loss=e.loss,
        optimizer=e.optimizer, epochs=e.epochs, batch_size=e.batch_size, shuffle=e.shuffle, seed=e.seed,
        device=e.device, threads=e.threads, dropout=e.dropout, l1=e.l1, l2=e.l2, clip_norm=e.clip_norm,
        early_stopping=e.early_stopping, tolerance=e.tolerance, on_epoch=on_epoch,
    )  # fmt: skip


def _keep(outcome: Outcome, result: Result, plot: bool) -> None:
    """Write the models and the curves of a run that is over, however it ended."""
    outcome.best_epoch, outcome.stopped = result.best_epoch, result.stopped
    run, last = outcome.run, result.last or outcome.run.network
    model = Model(run.network, run.dataset.preprocessing)
    sizes = "-".join(map(str, run.network.sizes))
    title = f"{os.path.basename(run.dataset.source)[:30]}: {sizes}"
    best, data = model if outcome.best else None, run.dataset
    failures = run.folder.save(best, Model(last, data.preprocessing), data.source)
    if plot and outcome.history:
        try:
            run.folder.draw(outcome.history, outcome.best_epoch, title)
        except FastnnError as error:
            failures.append(error)
    if failures:
        if run.folder.replaces:  # without models of its own
            run.folder.discard()
        raise FastnnError(f"{' '.join(map(str, failures))} {run.folder.kept()}")
