"""One run: from an Experiment to a trained model in its folder."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field, replace

import numpy as np

from fastnn.config import Experiment
from fastnn.data.dataset import Dataset, make_dataset
from fastnn.data.delimited import ReadOptions
from fastnn.data.source import read, takes_arrays
from fastnn.data.table import Table
from fastnn.device import check_device
from fastnn.errors import Diverged, FastnnError, UsageError, unknown
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs
from fastnn.parts.registry import resolve
from fastnn.runs.aside import FILES
from fastnn.runs.configuration import complete, fingerprints
from fastnn.runs.folder import RunFolder
from fastnn.runs.model import Model
from fastnn.training.record import Record, Result
from fastnn.training.train import check_memory, train

SAVE_SECONDS = 20.0  # between two saves of the models in a long run, so that a power cut does not lose everything
DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "mse"}


class Watcher:
    """Receives the progress of a run. This base class ignores it."""

    def note(self, text: str) -> None:
        """Take a note about the data or the run."""

    def begin(self, run: Setup) -> None:
        """Take the setup of the run, just before its first epoch."""

    def epoch(self, record: Record) -> None:
        """Take the record of an epoch that has ended."""

    def end(self, outcome: Outcome) -> None:
        """Take the outcome of the run. Its files have been written."""


@dataclass(frozen=True)
class Setup:
    """A run before its first epoch: the data, the network, and the folder for its files."""

    experiment: Experiment
    dataset: Dataset
    network: Network
    folder: RunFolder


@dataclass
class Outcome:
    """The results of a run. test: loss and metrics of the test rows, if the data have any."""

    run: Setup
    history: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    stopped: str = "epochs"
    test: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The total time of all epochs."""
        return sum(record.seconds for record in self.history)

    @property
    def best(self) -> Record | None:
        """The record of the epoch whose parameters were kept."""
        return self.history[(self.best_epoch or len(self.history)) - 1] if self.history else None


def execute(
    experiment: Experiment, *, out: str | None = None, overwrite: bool = False, plot: bool = True, watcher: Watcher
) -> Outcome:
    """Read the data, train, and write the run's folder, which is created only after everything else has been checked.

    Raises the errors of reading the data, of the configuration and of training. If training ends early, by an error or
    by Ctrl-C, the models and curves so far are written first. If it ends before its first epoch is complete, nothing is
    left, except for the initial weights of a new run that diverged.
    """
    check_device(experiment.device)
    dataset = _dataset(experiment)
    for text in dataset.notes:
        watcher.note(text)
    if experiment.device == "auto":
        watcher.note("device auto: the CPU is used, since this version does not train on CUDA")
    found = fingerprints(experiment)
    for name, known in experiment.sha256.items():
        if found.get(name) != known:
            watcher.note(f"{name} has changed since the configuration was written: the result will differ")
    experiment = replace(_resolved(experiment, dataset), sha256=found)
    network = _network(experiment, dataset)
    run = Setup(experiment, dataset, network, _folder(experiment, out, overwrite))
    outcome = Outcome(run)
    begun = network.parameters.copy()
    try:
        run.folder.write("config.toml", complete(experiment, str(run.folder)))
        watcher.begin(run)
        result = _train(run, outcome, watcher)
    except BaseException as error:
        half_an_epoch = isinstance(error, KeyboardInterrupt) and not np.array_equal(network.parameters, begun)
        if outcome.history or ((half_an_epoch or isinstance(error, Diverged)) and not run.folder.replaces):
            _keep_after(error, outcome, plot)
        else:
            run.folder.discard()
        raise
    _keep(outcome, result, plot)
    if dataset.test is not None:
        outcome.test = Model(network, dataset.preprocessing).evaluate(*dataset.test)
    watcher.end(outcome)
    return outcome


def _folder(experiment: Experiment, out: str | None, overwrite: bool) -> RunFolder:
    """Return the run's folder. Raise UsageError if the run would overwrite its own data there."""
    for data in (experiment.data, experiment.validation):
        if not out or not isinstance(data, str) or os.path.basename(data) not in FILES or not os.path.exists(data):
            continue
        if os.path.realpath(os.path.dirname(data) or ".") == os.path.realpath(out):
            raise UsageError(f"--out {out}: the run would overwrite its own data, {data}. Choose another folder.")
    return RunFolder(experiment.data, out, overwrite)


def _dataset(experiment: Experiment) -> Dataset:
    """Return the arrays to train on. Their table is not kept in memory."""
    table = _read(experiment, experiment.data)
    of_table = not takes_arrays(experiment.data)
    return make_dataset(
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


def _read(experiment: Experiment, name: str, like: Table | None = None) -> Table:
    """Return the table in ``name``, read in the same way as ``like`` if that is given."""
    e = experiment
    options = ReadOptions(
        dict.fromkeys(e.categorical, "category"), ignore=e.ignore, features=e.features, target=e.target, header=e.header
    )
    if like is not None:
        header = e.header if e.header != "auto" else "yes" if like.named else "no"
        options = replace(options, kinds=like.kinds, only=True, header=header, decimal=like.decimal)
    table = read(name, options, seed=e.seed)
    for column in e.categorical:
        if column not in table.columns:
            raise UsageError(f"--categorical: {table.source}: {unknown('column', column, table.columns)}")
    return table


def _validation(experiment: Experiment, table: Table) -> float | Table:
    """Return the fraction of the rows for validation, or the table of a file."""
    if isinstance(experiment.validation, float | int):
        return experiment.validation
    return _read(experiment, experiment.validation, table)


def _resolved(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return the experiment with all choices made that depend on the data."""
    target = dataset.preprocessing.target
    loss = experiment.loss or resolve("loss", DEFAULT_LOSS[target.task])
    batch_size = experiment.optimizer.part.batch_size(experiment.batch_size)
    columns = experiment.target if takes_arrays(experiment.data) else target.columns
    device = "cpu" if experiment.device == "auto" else experiment.device
    return replace(experiment, task=target.task, loss=loss, batch_size=batch_size, target=columns, device=device)


def _network(experiment: Experiment, dataset: Dataset) -> Network:
    sizes = [dataset.preprocessing.width, *experiment.hidden, dataset.preprocessing.target.outputs]
    widths = ",".join(map(str, experiment.hidden)) or "none"
    check_memory(sizes, experiment.dtype, f"--hidden {widths}")
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
    network.loss = experiment.loss  # a model needs it, even after an interruption in the first epoch
    return network


def _train(run: Setup, outcome: Outcome, watcher: Watcher) -> Result:
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
                watcher.note(f"the model could not be saved during the run: {str(failure).removesuffix('.')}")
            saved = time.monotonic()
        lowest = min(lowest, loss)

    e = run.experiment
    return train(
        run.network, run.dataset.X, run.dataset.y, validation=run.dataset.validation, loss=e.loss,
        optimizer=e.optimizer, epochs=e.epochs, batch_size=e.batch_size, shuffle=e.shuffle, seed=e.seed,
        device=e.device, threads=e.threads, dropout=e.dropout, l1=e.l1, l2=e.l2, clip_norm=e.clip_norm,
        early_stopping=e.early_stopping, tolerance=e.tolerance, on_epoch=on_epoch,
    )  # fmt: skip


def _keep_after(error: BaseException, outcome: Outcome, plot: bool) -> None:
    """Save what is available after an error; if saving fails as well, report both errors."""
    try:
        _keep(outcome, getattr(error, "result", None) or Result(), plot)
    except FastnnError as second:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise FastnnError(f"{error} {second}") from error


def _keep(outcome: Outcome, result: Result, plot: bool) -> None:
    """Write the models and the curves after the last epoch, however the run ended."""
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
        except Exception as error:  # an error in the plotting library must not hide that there is a model
            failures.append(FastnnError(f"The curves cannot be drawn: {error}."))
    if failures:
        kept = run.folder.kept()
        if run.folder.replaces:  # it has no model
            run.folder.discard()
            kept = f"The earlier files in {run.folder} have been restored."
        raise FastnnError(f"{' '.join(map(str, failures))} {kept}")
