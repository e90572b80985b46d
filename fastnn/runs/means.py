"""The means of several networks' histories: one record for each epoch that some of them trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.training.record import MeanRecord, Record


def mean_of(records: Sequence[Record]) -> MeanRecord:
    """Return the mean of the records of one epoch. Those of networks that have stopped earlier are not among them."""
    first = records[0]
    losses = [record.validation_loss for record in records if record.validation_loss is not None]
    metrics = {
        name: float(np.mean([record.metrics[name] for record in records]))
        for name in first.metrics
        if all(name in record.metrics for record in records)
    }
    return MeanRecord(
        first.epoch,
        float(np.mean([record.train_loss for record in records])),
        float(np.mean(losses)) if losses else None,
        metrics,
        first.lr,
        float(np.mean([record.seconds or 0.0 for record in records])),
        len(records),
    )


def mean_history(histories: Sequence[Sequence[Record]]) -> list[MeanRecord]:
    """Return the means over the networks that trained in each epoch."""
    longest = max(map(len, histories), default=0)
    return [mean_of([h[number] for h in histories if len(h) > number]) for number in range(longest)]
