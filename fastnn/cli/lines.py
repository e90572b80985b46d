"""Print the progress of training for pipes and files: as plain lines, as JSON, or only the result."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from fastnn.cli.phrases import (
    MOST_METRICS,
    MOST_NOTES,
    best_line,
    choice_line,
    conclusion,
    epoch_line,
    format_metrics,
    grouped,
    introduction,
    printable,
)
from fastnn.cli.reading import Reading
from fastnn.runs.outcome import Outcome, Watcher
from fastnn.runs.setup import Setup
from fastnn.training.record import Record


def say(text: str, err: bool = False) -> None:
    """Print a line. If that fails (``fastnn train ... | head``), training continues silently."""
    try:
        click.echo(printable(text), err=err)
    except OSError:
        unread(sys.stderr if err else sys.stdout)


def expect_input(*data: object) -> None:
    """Say that the program waits for input, if data are read from a terminal: it would look as if nothing happened."""
    if "-" in data and sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        say("reading the data from the terminal; end them with Ctrl-D on a line of its own", err=True)


def unread(stream: Any) -> None:
    """Discard all further output to a closed pipe."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def say_note(text: str) -> None:
    """Print a note on stderr."""
    say(f"Note: {text}.", err=True)


COMPILING = "compiling kernels for this machine (once) ..."


class Reporter(Watcher):
    """A watcher that prints. Notes, and other output that is not the result, go to stderr."""

    def __init__(self) -> None:
        self._told = self._warned = False
        self._notes: list[str] | None = []  # of the data and the configuration; None once the run has begun
        self._reading = Reading()
        self.folder = ""

    def reading(self, name: str, size: int) -> None:
        self._reading.begin(name, size)

    def note(self, text: str) -> None:
        self._reading.end()
        if self._notes is not None:
            if text in self._notes:
                return
            self._notes.append(text)
        if self._notes is None or len(self._notes) < MOST_NOTES:  # those from MOST_NOTES on become one line
            self.say_note(text)

    def say_note(self, text: str) -> None:
        """Print a note."""
        say_note(text)

    def begin(self, run: Setup) -> None:
        self.folder = str(run.folder)
        self._end_notes()

    def _end_notes(self) -> None:
        self._reading.end()
        notes, self._notes = self._notes or [], None
        for text in grouped(notes)[MOST_NOTES - 1 :]:
            self.say_note(text)

    def on_compile(self, name: str) -> None:
        """Announce the first kernel that is about to be compiled."""
        from fastnn.kernels.store import cache_problem

        self._reading.end()
        if not self._told:
            self._told = True
            self.compiling()
        problem = cache_problem()
        if problem and not self._warned:
            self._warned = True
            self.note(f"the cache of compiled kernels: {problem} (FASTNN_CACHE_DIR names another folder)")

    def compiling(self) -> None:
        """Say that the first kernel of this process is being compiled, which takes seconds."""
        say(COMPILING, err=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._end_notes()


class Lines(Reporter):
    """Print one plain line per epoch."""

    def begin(self, run: Setup) -> None:
        super().begin(run)
        self._epochs = run.experiment.epochs
        self._networks = run.experiment.ensemble
        self._standardized = run.standardized
        for line in introduction(run):
            say(line)

    def compiling(self) -> None:
        say(COMPILING)

    def epoch(self, record: Record) -> None:
        say(epoch_line(record, self._epochs, self._standardized, self._networks))

    def choice(self, losses: Mapping[str, float]) -> None:
        say(choice_line(losses, self._standardized))

    def end(self, outcome: Outcome) -> None:
        for line in conclusion(outcome):
            say(line)


class Json(Reporter):
    """Print JSON objects on stdout: one per epoch, with the keys of the history, and one with the result.

    If the losses are of standardized targets, each object also has "standardized": true.
    """

    def begin(self, run: Setup) -> None:
        super().begin(run)
        self._more = {"standardized": True} if run.standardized else {}

    def epoch(self, record: Record) -> None:
        say(json.dumps(finite_or_none(record.as_dict() | self._more), allow_nan=False))

    def end(self, outcome: Outcome) -> None:
        for line in conclusion(outcome):
            say(line, err=True)
        say(json.dumps(finite_or_none(summary(outcome)), allow_nan=False))


class Quiet(Reporter):
    """Print only notes and the result."""

    def end(self, outcome: Outcome) -> None:
        test = format_metrics(outcome.test, outcome.run.standardized, MOST_METRICS)
        say(f"{best_line(outcome)}{f'; test {test}' if test else ''}; {outcome.run.folder}")


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return the result of a run as plain data. It has no key "epoch", as every epoch has."""
    found: dict[str, Any] = {
        "folder": outcome.run.folder,
        "epochs": len(outcome.history),
        "best_epoch": outcome.best_epoch,
        "stopped": outcome.stopped,
        "seconds": outcome.seconds,
    }
    if outcome.epochs:
        validation = dict(outcome.validation)
        found |= {"networks": len(outcome.epochs), "best_epochs": list(outcome.epochs)}
        found |= {"encoding": outcome.run.experiment.encoding, "train_loss": outcome.train_loss}
        found |= {"validation_loss": validation.pop("validation_loss", None), "metrics": validation}
    elif (best := outcome.best) is not None:
        found |= {"train_loss": best.train_loss, "validation_loss": best.validation_loss}
        measured = {n: v for n, v in outcome.validation.items() if n != "validation_loss"} or best.metrics
        found |= {"metrics": measured}
    if outcome.run.standardized:
        found["standardized"] = True
    return {**found, "test": outcome.test} if outcome.test else found


def finite_or_none(value: Any) -> Any:
    """Replace NaN and infinity by None: JSON cannot represent them."""
    if isinstance(value, dict):
        return {name: finite_or_none(v) for name, v in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
