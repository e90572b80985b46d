"""Print the progress of training for pipes and files: as plain lines, as JSON, or only the result."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

import click

from fastnn.cli.phrases import (
    MOST_METRICS,
    best_line,
    conclusion,
    epoch_line,
    format_metrics,
    introduction,
    printable,
)
from fastnn.runs.outcome import Outcome, Watcher
from fastnn.runs.setup import Setup
from fastnn.training.record import Record


def say(text: str, err: bool = False) -> None:
    """Print a line. If that fails (``fastnn train ... | head``), training continues silently."""
    try:
        click.echo(printable(text), err=err)
    except OSError:
        unread(sys.stderr if err else sys.stdout)


def unread(stream: Any) -> None:
    """Discard all further output to a closed pipe."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


COMPILING = "compiling kernels for this machine (once) ..."


class Reporter(Watcher):
    """A watcher that prints. Notes, and other output that is not the result, go to stderr."""

    def __init__(self) -> None:
        self._told = self._warned = False
        self.folder = ""

    def note(self, text: str) -> None:
        say(f"Note: {text}.", err=True)

    def begin(self, run: Setup) -> None:
        self.folder = str(run.folder)

    def on_compile(self, name: str) -> None:
        """Announce the first kernel that is about to be compiled."""
        from fastnn.kernels.store import cache_problem

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


class Lines(Reporter):
    """Print one plain line per epoch."""

    def begin(self, run: Setup) -> None:
        super().begin(run)
        self._epochs = run.experiment.epochs
        self._standardized = run.standardized
        for line in introduction(run):
            say(line)

    def compiling(self) -> None:
        say(COMPILING)

    def epoch(self, record: Record) -> None:
        say(epoch_line(record, self._epochs, self._standardized))

    def end(self, outcome: Outcome) -> None:
        for line in conclusion(outcome):
            say(line)


class Json(Reporter):
    """Print one JSON object per epoch on stdout, with the keys of the history.

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


class Quiet(Reporter):
    """Print only notes and the result."""

    def end(self, outcome: Outcome) -> None:
        test = format_metrics(outcome.test, outcome.run.standardized, MOST_METRICS)
        say(f"{best_line(outcome)}{f'; test {test}' if test else ''}; {outcome.run.folder}")


def finite_or_none(value: Any) -> Any:
    """Replace NaN and infinity by None: JSON cannot represent them."""
    if isinstance(value, dict):
        return {name: finite_or_none(v) for name, v in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
