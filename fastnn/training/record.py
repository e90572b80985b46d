"""The history and the result of a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from fastnn.errors import Diverged
from fastnn.network.network import Network


@dataclass(frozen=True)
class Record:
    """The losses and metrics of one epoch.

    Losses are means over samples (over all elements for elementwise losses), without penalties. train_loss is
    measured during the epoch, on each batch before its update. Metrics are those of the validation set. seconds is None
    in a model that was loaded.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    metrics: dict[str, float]
    lr: float | None
    seconds: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a dict of plain data."""
        return asdict(self)


@dataclass(frozen=True)
class MeanRecord(Record):
    """The means of several networks that were trained on the same table, over those that trained in this epoch.

    networks: their number. It falls when some of them have stopped early.
    """

    networks: int = 0


@dataclass
class Result:
    """The outcome of a training.

    history: one Record per epoch. best_epoch: the epoch with the lowest validation loss, None without validation.
    stopped: why training ended: "epochs", "early_stopping", "tolerance", "callback", "diverged" or "interrupted".
    last: the network as it was after the last epoch. None if training did not begin.
    error: what ``fastnn.train`` would have raised, if the network diverged in ``fastnn.train_many``.
    """

    history: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    stopped: str = "epochs"
    last: Network | None = None
    error: Diverged | None = None
