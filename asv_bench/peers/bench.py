"""A run of measurements: workers are started when they are needed, and their repetitions are interleaved."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asv_bench.peers.checks import Check, WrongResult
from asv_bench.peers.worker import Worker, WorkerError, missing


@dataclass(frozen=True)
class Call:
    """A function of a peer's module, its arguments, and a check of its result."""

    peer: str
    function: str
    arguments: dict[str, Any]
    check: Check


@dataclass
class Measured:
    """The seconds per unit of work, one number per repetition."""

    seconds: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Bench:
    """Measures calls in turn; use it as a context manager.

    repetitions: number of repetitions of each call. seconds: minimum duration of a repetition. patience: seconds after
    which no further repetition of the same calls starts, so that a quick run ends. left_out: peers that are not
    installed, with the reason. problems: messages.
    """

    def __init__(self, quick: bool, repetitions: int, seconds: float, patience: float):
        self.quick, self.repetitions, self.seconds, self.patience = quick, repetitions, seconds, patience
        self.left_out: dict[str, str] = {}
        self.problems: list[str] = []
        self._workers: dict[str, Worker] = {}
        self._made = 0
        self._began = time.monotonic()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()

    def has(self, peer: str) -> bool:
        """Return whether the peer is installed. If not, record it in left_out."""
        package = missing(peer)
        if package:
            self.left_out[peer] = f"{package} is not installed"
        return not package

    def measure(self, calls: Mapping[str, Call], repetitions: int | None = None) -> dict[str, Measured]:
        """Check the results of all calls, then time the calls in turn. Missing peers and wrong results are left out."""
        ready: dict[str, tuple[Worker, str]] = {}
        for label, call in calls.items():
            if self.has(call.peer):
                made = self._make(label, call)
                if made is not None:
                    ready[label] = made
        measured = {label: Measured() for label in ready}
        began = time.monotonic()
        for turn in range(repetitions or self.repetitions):
            if turn > 0 and time.monotonic() - began > self.patience:
                break
            for label in _rotated(list(measured), turn):
                worker, name = ready[label]
                try:
                    measured[label].seconds.append(worker.seconds(name, self.seconds))
                except WorkerError as error:
                    self._lost(label, calls[label], error)
                    del measured[label]
        for label in list(measured):
            worker, name = ready[label]
            try:
                measured[label].note = worker.note(name)
                worker.drop(name)
            except WorkerError as error:
                self._lost(label, calls[label], error)
                del measured[label]
        return measured

    def _make(self, label: str, call: Call) -> tuple[Worker, str] | None:
        worker = self._workers.get(call.peer)
        if worker is None or not worker.alive:
            worker = self._workers[call.peer] = Worker(call.peer)
        self._made += 1
        name = f"{label} {self._made}"
        try:
            call.check(worker.make(name, call.function, call.arguments))
        except WrongResult as error:
            self.problem(f"WRONG RESULT, not timed: {call.peer}, {call.function}, {label}", str(error))
            worker.drop(name)
        except WorkerError as error:
            self._lost(label, call, error)
        else:
            return worker, name
        return None

    def _lost(self, label: str, call: Call, error: WorkerError) -> None:
        self.problem(f"{call.peer}, {call.function}, {label}", str(error))

    def problem(self, where: str, what: str) -> None:
        """Record the last line of a problem, and print all of it to stderr."""
        self.problems.append(f"{where}: {what.strip().splitlines()[-1]}")
        self.say(f"{where}: {what}")

    def say(self, text: str) -> None:
        """Print progress to stderr, with the seconds since the start."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", file=sys.stderr, flush=True)


def _rotated(labels: list[str], turn: int) -> list[str]:
    """Return the labels rotated by ``turn``, so that the order of the peers changes."""
    first = turn % max(1, len(labels))
    return labels[first:] + labels[:first]


def ratio(measured: Mapping[str, Measured], peer: str, ours: str) -> float | None:
    """Return how many times faster ``ours`` is: the quotient of the medians. None without the peer, 0 without ours."""
    if peer not in measured:
        return None
    return measured[peer].median / measured[ours].median if ours in measured else 0.0
