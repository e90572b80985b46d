"""Train every combination of a comparison, several networks at a time, and write the results."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from fastnn.config import Experiment
from fastnn.config.grid import Combination
from fastnn.data.builtin import BUILTIN
from fastnn.data.share import Last
from fastnn.data.table import Table
from fastnn.device import thread_count
from fastnn.errors import Diverged, UsageError
from fastnn.files import replacing
from fastnn.model.evaluation import evaluate
from fastnn.runs.comparison import Compared, Comparison
from fastnn.runs.folder import next_folder
from fastnn.runs.setup import Setup, beside, prepare, read_data
from fastnn.runs.training_of import training_of
from fastnn.training.arrays import Arrays
from fastnn.training.record import Record, Result
from fastnn.training.together import train_together

TABLE, PICTURE = "comparison.csv", "curves.png"


class Spectator:
    """Receives the progress of a comparison. This base class ignores it."""

    def reading(self, name: str, size: int) -> None:
        """Take the name and the size of a file, in bytes, before it is read."""

    def note(self, text: str) -> None:
        """Take a note about the data."""

    def begin(self, comparison: Comparison) -> None:
        """Take the comparison, just before the first training."""

    def epoch(self, network: Compared, record: Record) -> None:
        """Take the record of an epoch that has ended."""

    def network(self, network: Compared) -> None:
        """Take a network whose training has ended."""

    def end(self, comparison: Comparison, folder: str) -> None:
        """Take the results. The files in the folder have been written."""


def compare(
    combinations: Sequence[Combination], *, out: str | None = None, plot: bool = True, spectator: Spectator
) -> Comparison:
    """Read the data once, train all networks, each on one thread, and write comparison.csv and curves.png.

    Each network gets the same parameters as by ``fastnn train`` with its settings and seed, to the bit. If training
    ends early, by an error or by Ctrl-C, the results so far are written first.

    Raises Diverged, when all is written, if all networks diverged.
    """
    comparison = Comparison(combinations, _prepared(combinations, spectator))
    folder = _folder(combinations[0].experiments[0].data, out)
    try:
        _train(comparison, spectator)
    except BaseException:
        if any(network.history for network in comparison.networks):
            _write(comparison, folder, plot)
            spectator.note(f"the results up to this point are saved in {folder}")
        else:
            folder.rmdir()
        raise
    _write(comparison, folder, plot)
    spectator.end(comparison, str(folder))
    if all(network.stopped == "diverged" for network in comparison.networks):
        raise Diverged("All networks diverged. Try smaller learning rates, or --clip-norm 1.")
    return comparison


def _prepared(combinations: Sequence[Combination], spectator: Spectator) -> list[Compared]:
    """Return all networks. Tables are read once, and arrays are made once for all networks that take the same."""
    tables: dict[tuple, Table] = {}
    runs: dict[tuple, Setup] = {}
    found = []
    for number, combination in enumerate(combinations):
        for experiment in combination.experiments:
            key = _data_key(experiment)
            if key not in runs:
                of_table = (experiment.data, experiment.seed if experiment.data in BUILTIN else 0)
                if of_table not in tables:
                    if os.path.isfile(experiment.data):
                        spectator.reading(experiment.data, os.path.getsize(experiment.data))
                    tables[of_table] = read_data(experiment)
                runs[key] = prepare(experiment, spectator.note, {experiment.data: tables[of_table]})
                found.append(Compared(number, runs[key]))
            else:
                found.append(Compared(number, beside(runs[key], experiment, spectator.note)))
    return found


def _data_key(experiment: Experiment) -> tuple:
    """Return what the arrays of a network depend on, among the settings that may differ in a comparison."""
    e = experiment
    is_drawn = e.data in BUILTIN or any(
        isinstance(s, float) and s and not isinstance(s, Last) for s in (e.validation, e.test)
    )
    kind = e.loss.part.target if e.loss else None
    return e.seed if is_drawn else 0, kind, e.output_activation.spec, e.dtype


def _folder(data: str, out: str | None) -> Path:
    """Create the folder of the results."""
    if out is None:
        return next_folder(Path("runs"), data)
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"--out {out}: the folder is not empty. Choose another.")
    except OSError as error:
        raise UsageError(f"--out {out}: the folder cannot be created: {error.strerror or error}.") from None
    return folder


def _train(comparison: Comparison, spectator: Spectator) -> None:
    arrays = Arrays()
    networks = comparison.networks
    trainings = [training_of(network.run, arrays) for network in networks]
    spectator.begin(comparison)

    def on_epoch(number: int, record: Record) -> None:
        networks[number].history.append(record)
        spectator.epoch(networks[number], record)

    def on_end(number: int, result: Result) -> None:
        networks[number].stopped = result.stopped
        spectator.network(networks[number])

    train_together(trainings, thread_count(networks[0].run.experiment.threads), on_epoch, on_end)
    _judge(comparison)


def _judge(comparison: Comparison) -> None:
    """Evaluate the test rows with the networks of the best combination only: the choice did not see them."""
    for network in comparison.rows()[0].networks:
        data = network.run.dataset
        if data.test is not None and network.best is not None:
            network.test = evaluate((network.run.network,), data.preprocessing.target, *data.test)


def _write(comparison: Comparison, folder: Path, plot: bool) -> None:
    with replacing(folder / TABLE) as file:
        file.write(as_csv(comparison).encode())
    if plot:
        from fastnn.runs.compared_curves import draw

        with replacing(folder / PICTURE) as file:
            draw(file, comparison)


def as_csv(comparison: Comparison) -> str:
    """Return a table with one line for each network, in the order of training."""
    names = list(dict.fromkeys(name for network in comparison.networks for name in network.figures))
    varied = list(comparison.combinations[0].choices)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*varied, "seed", "stopped", "epochs", "best_epoch", "train_loss", *names, "seconds"])
    for network in comparison.networks:
        best, figures = network.best, network.figures
        seconds = sum(record.seconds or 0.0 for record in network.history)
        writer.writerow([
            *comparison.combinations[network.combination].choices.values(),
            network.run.experiment.seed, network.stopped or "interrupted", len(network.history),
            best.epoch if best else "", best.train_loss if best else "",
            *(figures.get(name, "") for name in names), seconds,
        ])  # fmt: skip
    return text.getvalue()
