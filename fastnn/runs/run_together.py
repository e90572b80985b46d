"""One run of several networks, written to one folder."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from fastnn.errors import FastnnError
from fastnn.runs.configuration import complete
from fastnn.runs.ensemble import Ensemble
from fastnn.runs.folder import RunFolder
from fastnn.runs.outcome import Outcome, Watcher
from fastnn.runs.setup import Setup
from fastnn.runs.trained import trained_together

SAVE_SECONDS = 20.0  # between two saves of a long run, of the networks that have been trained


def execute_together(run: Setup, folder: RunFolder, plot: bool, watcher: Watcher) -> Outcome:
    """Train all networks of a prepared run and write its files.

    If training ends early, those that have been trained so far are saved first; if there are none, nothing is left.
    """
    began = saved = time.perf_counter()

    def save_now_and_then() -> None:
        nonlocal saved
        if time.perf_counter() - saved >= SAVE_SECONDS and ensemble.kept:
            for failure in folder.save(None, trained_together(ensemble)):
                watcher.note(f"the model could not be saved during the run: {str(failure).removesuffix('.')}")
            saved = time.perf_counter()

    ensemble = Ensemble(run, watcher.epoch, watcher.progress, watcher.choice, save_now_and_then)
    try:
        folder.write("config.toml", complete(run.experiment, str(folder)))
        watcher.begin(run)
        ensemble.train()
    except BaseException as error:
        if not ensemble.kept:
            folder.discard()
            error.result = None  # type: ignore[attr-defined]
            raise
        error.result = ensemble.result(ensemble.kept[0])  # type: ignore[attr-defined]  # there is something to keep
        try:
            _keep(ensemble, folder, plot, began)
        except FastnnError as second:
            if isinstance(error, KeyboardInterrupt):
                raise error from second
            raise FastnnError(f"{error} {second}") from error
        raise
    for number in ensemble.diverged:
        watcher.note(f"network {number + 1} of {len(ensemble.members)} diverged and is left out")
    outcome = _keep(ensemble, folder, plot, began)
    outcome.validation, outcome.test = ensemble.validation(), ensemble.test()
    watcher.end(outcome)
    return outcome


def _keep(ensemble: Ensemble, folder: RunFolder, plot: bool, began: float) -> Outcome:
    """Write the configuration with the chosen encoding, the metrics, the models and the curves."""
    run = replace(ensemble.run, experiment=replace(ensemble.run.experiment, encoding=ensemble.encoding))
    history = ensemble.full_history()
    outcome = Outcome(run, list(history), stopped=_stopped(ensemble), elapsed=time.perf_counter() - began)
    best, last = trained_together(ensemble), trained_together(ensemble, last=True)
    outcome.epochs = best.epochs or (best.epoch or len(history),)
    results = [ensemble.result(i) for i in ensemble.kept]
    trained = [r.history[epoch - 1].train_loss for r, epoch in zip(results, outcome.epochs, strict=True)]
    outcome.train_loss = sum(trained) / len(trained)
    histories = {i + 1: ensemble.result(i).history for i in ensemble.kept}
    failures = []
    try:
        folder.write("config.toml", complete(run.experiment, str(folder)))
        folder.write_metrics(histories)
    except FastnnError as error:
        failures.append(error)
    validates = history[0].validation_loss is not None
    failures += folder.save(best if validates else None, last)
    if plot:
        several = "networks" if len(histories) > 1 else "network"
        sizes = "-".join(map(str, best.networks[0].sizes))
        title = f"{os.path.basename(run.dataset.source)[:30]}: {len(histories)} {several} {sizes}"
        failures += folder.draw(history, None, title, list(histories.values()))
    folder.finish(failures)
    return outcome


def _stopped(ensemble: Ensemble) -> str:
    """Return why the training ended: what stopped all networks, or "epochs"."""
    reasons = {ensemble.result(i).stopped for i in ensemble.kept}
    return next(
        (r for r in ("interrupted", "callback") if r in reasons), reasons.pop() if len(reasons) == 1 else "epochs"
    )
