"""A training as it goes, for pipes and files: plain lines, JSON, or the result alone."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

import click

from fastnn.cli.phrases import best_line, conclusion, epoch_fields, format_metrics, introduction, printable
from fastnn.runs.run import Outcome, Setup, Watcher
from fastnn.training.record import Record


def say(text: str, err: bool = False) -> None:
    """Print a line. Where that fails (``fastnn train ... | head``) the training goes on in silence."""
    try:
        click.echo(printable(text), err=err)
    except OSError:
        unread(sys.stderr if err else sys.stdout)


def unread(stream: Any) -> None:
    """Let what is still written to a closed pipe go nowhere."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


COMPILING = "compiling kernels for this machine (once) ..."


class Reporter(Watcher):
    """A watcher that prints. Remarks and what is not the result go to stderr."""

    def __init__(self) -> None:
        self._told = self._warned = False
        self.folder = ""

    def note(self, text: str) -> None:
        say(f"Note: {text}.", err=True)

    def begin(self, run: Setup) -> None:
        self.folder = str(run.folder)

    def on_compile(self, name: str) -> None:
        """A kernel is about to be compiled; the first one is worth a line."""
        from fastnn.kernels.store import cache_problem

        if not self._told:
            self._told = True
            self.compiling()
        problem = cache_problem()
        if problem and not self._warned:
            self._warned = True
            self.note(f"the cache of compiled kernels: {problem} (FASTNN_CACHE_DIR names another folder)")

    def compiling(self) -> None:
        """The first kernel of this process is being compiled: that takes seconds."""
        say(COMPILING, err=True)

    def close(self) -> None:
        """Leave the terminal as it was."""


class Lines(Reporter):
    """One plain line an epoch."""

    def begin(self, run: Setup) -> None:
        super().begin(run)
        self._epochs = run.experiment.epochs
        for line in introduction(run):
            say(line)

    def compiling(self) -> None:
        say(COMPILING)

    def epoch(self, record: Record) -> None:
        number = f"{record.epoch:>{len(str(self._epochs))}}"
        fields = "  ".join(f"{name} {value}" for name, value in epoch_fields(record).items())
        say(f"epoch {number}/{self._epochs}  {fields}")

    def end(self, outcome: Outcome) -> None:
        for line in conclusion(outcome):
            say(line)


class Json(Reporter):
    """One JSON object an epoch on stdout, with the keys of the history."""

    def epoch(self, record: Record) -> None:
        say(json.dumps(_plain(record.as_dict()), allow_nan=False))

    def end(self, outcome: Outcome) -> None:
        for line in conclusion(outcome):
            say(line, err=True)


class Quiet(Reporter):
    """Nothing but remarks and the result."""

    def end(self, outcome: Outcome) -> None:
        test = f"; test {format_metrics(outcome.test)}" if outcome.test else ""
        say(f"{best_line(outcome)}{test}; {outcome.run.folder}")


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
