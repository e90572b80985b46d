"""One run: from an Experiment to a trained model in its folder."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fastnn.config import Experiment
from fastnn.errors import Diverged, FastnnError, UsageError
from fastnn.model.evaluation import evaluate
from fastnn.model.measuring import ranks_every_epoch, scalars
from fastnn.runs.aside import FILES
from fastnn.runs.configuration import complete
from fastnn.runs.folder import RunFolder
from fastnn.runs.outcome import Outcome, Watcher
from fastnn.runs.run_together import execute_together
from fastnn.runs.setup import Setup, prepare
from fastnn.runs.trained import trained
from fastnn.runs.training_of import training_of
from fastnn.training.procedure import Watch
from fastnn.training.record import Record, Result
from fastnn.training.train import train_alone

SAVE_SECONDS = 20.0  # between two saves of the models in a long run, so that a power cut does not lose everything


def execute(
    experiment: Experiment, *, out: str | None = None, overwrite: bool = False, plot: bool = True, watcher: Watcher
) -> Outcome:
    """Read the data, train, and write the run's folder, which is created only after everything else has been checked.

    Raises the errors of reading the data, of the configuration and of training. If training ends early, by an error or
    by Ctrl-C, the models and curves so far are written first. If it ends before its first epoch is complete, nothing is
    left, except for the initial weights of a new run that diverged.
    """
    for data in (experiment.data, experiment.validation, experiment.test):
        if isinstance(data, str) and os.path.isfile(data):
            watcher.reading(data, os.path.getsize(data))
    run = prepare(experiment, watcher.note)
    folder = _folder(run, out, overwrite)
    run = replace(run, folder=str(folder))
    if run.members:
        return execute_together(run, folder, plot, watcher)
    outcome = Outcome(run)
    network = run.network
    begun = network.parameters.copy()
    try:
        folder.write("config.toml", complete(run.experiment, str(folder)))
        watcher.begin(run)
        result = train_prepared(run, _Keeper(folder, outcome, watcher).epoch)
    except BaseException as error:
        half_an_epoch = isinstance(error, KeyboardInterrupt) and not np.array_equal(network.parameters, begun)
        if outcome.history or ((half_an_epoch or isinstance(error, Diverged)) and not folder.replaces):
            _keep_after(error, folder, outcome, plot)
        else:
            folder.discard()
        raise
    _keep(folder, outcome, result, plot)
    _judge(outcome)
    watcher.end(outcome)
    return outcome


def _judge(outcome: Outcome) -> None:
    """Compute what is computed only once, of the parameters that are kept: the test, and all metrics of validation."""
    dataset, best = outcome.run.dataset, outcome.best
    networks, target = (outcome.run.network,), dataset.preprocessing.target
    if dataset.test is not None:
        outcome.test = evaluate(networks, target, *dataset.test)
    if dataset.validation is None or best is None or best.validation_loss is None:
        return
    found = best.metrics
    if not ranks_every_epoch(target, len(dataset.validation[1])):
        found = scalars(evaluate(networks, target, *dataset.validation))
        del found["loss"]
    outcome.validation = {"validation_loss": best.validation_loss, **found}


def train_prepared(run: Setup, watch: Watch | None) -> Result:
    """Train the network of a prepared run."""
    return train_alone(training_of(run), run.experiment.threads, watch)


def _folder(run: Setup, out: str | None, overwrite: bool) -> RunFolder:
    """Return the run's folder. Raise UsageError if the run would overwrite its own data there."""
    experiment = run.experiment
    for data in (experiment.data, experiment.validation, experiment.test):
        if not out or not isinstance(data, str) or os.path.basename(data) not in FILES or not os.path.exists(data):
            continue
        if os.path.realpath(os.path.dirname(data) or ".") == os.path.realpath(out):
            raise UsageError(f"--out {out}: the run would overwrite its own data, {data}. Choose another folder.")
    return RunFolder(experiment.data, out, overwrite, run.standardized)


class _Keeper:
    """Writes the metrics of each epoch, and now and then the models of a long run."""

    def __init__(self, folder: RunFolder, outcome: Outcome, watcher: Watcher):
        self.folder, self.outcome, self.watcher = folder, outcome, watcher
        self.saved, self.lowest = time.monotonic(), math.inf

    def epoch(self, record: Record, show: Callable[[], None]) -> None:
        self.outcome.history.append(record)
        self.folder.append(record)
        self.watcher.epoch(record)
        loss = record.train_loss if record.validation_loss is None else record.validation_loss
        if time.monotonic() - self.saved >= SAVE_SECONDS:
            show()
            run = self.outcome.run
            model = trained(run, self.outcome.history, len(self.outcome.history))
            for failure in self.folder.save(model if loss <= self.lowest else None, model):
                self.watcher.note(f"the model could not be saved during the run: {str(failure).removesuffix('.')}")
            self.saved = time.monotonic()
        self.lowest = min(self.lowest, loss)


def _keep_after(error: BaseException, folder: RunFolder, outcome: Outcome, plot: bool) -> None:
    """Save what is available after an error; if saving fails as well, report both errors."""
    try:
        _keep(folder, outcome, getattr(error, "result", None) or Result(), plot)
    except FastnnError as second:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise FastnnError(f"{error} {second}") from error


def _keep(folder: RunFolder, outcome: Outcome, result: Result, plot: bool) -> None:
    """Write the models and the curves after the last epoch, however the run ended."""
    outcome.best_epoch, outcome.stopped = result.best_epoch, result.stopped
    run, history = outcome.run, outcome.history
    last = trained(run, history, len(history), result.last)
    sizes = "-".join(map(str, run.network.sizes))
    title = f"{os.path.basename(run.dataset.source)[:30]}: {sizes}"
    best = trained(run, history, outcome.best.epoch) if outcome.best else None
    failures = folder.save(best, last)
    if plot and outcome.history:
        failures += folder.draw(outcome.history, outcome.best_epoch, title)
    folder.finish(failures)
