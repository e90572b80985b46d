"""The progress and the outcome of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastnn.runs.setup import Setup
from fastnn.training.record import Record


class Watcher:
    """Receives the progress of a run. This base class ignores it."""

    def reading(self, name: str, size: int) -> None:
        """Take the name and the size of a file, in bytes, before it is read."""

    def note(self, text: str) -> None:
        """Take a note about the data or the run."""

    def begin(self, run: Setup) -> None:
        """Take the setup of the run, just before its first epoch."""

    def epoch(self, record: Record) -> None:
        """Take the record of an epoch that has ended, or the means of several networks."""

    def progress(self, done: int, total: int) -> None:
        """Take how many of the epochs of several networks have been trained, or are not needed."""

    def choice(self, losses: Mapping[str, float]) -> None:
        """Take the validation losses of the encodings of which the best was chosen."""

    def end(self, outcome: Outcome) -> None:
        """Take the outcome of the run. Its files have been written."""


@dataclass
class Outcome:
    """The results of a run.

    validation: the loss ("validation_loss") and all metrics of the validation rows with the parameters that are kept.
    test: what Model.evaluate returns for the test rows. Both are empty if there are no such rows, or if the run did not
    end by itself. epochs: if there are several networks, the epoch whose parameters each of them has kept; ``history``
    then holds means over the networks, ``train_loss`` is their mean in these epochs, and ``elapsed`` the seconds that
    the training took.
    """

    run: Setup
    history: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    stopped: str = "epochs"
    validation: dict[str, float] = field(default_factory=dict)
    test: dict[str, Any] = field(default_factory=dict)
    epochs: tuple[int, ...] = ()
    train_loss: float | None = None
    elapsed: float | None = None

    @property
    def seconds(self) -> float:
        """The total time of all epochs."""
        if self.elapsed is not None:
            return self.elapsed
        return sum(record.seconds or 0.0 for record in self.history)

    @property
    def best(self) -> Record | None:
        """The record of the epoch whose parameters were kept."""
        return self.history[(self.best_epoch or len(self.history)) - 1] if self.history else None
