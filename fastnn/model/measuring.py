"""The metrics of a table's rows, in the units of the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.data.target import Target
from fastnn.losses import quantile
from fastnn.model.outputs import codes
from fastnn.network import metrics
from fastnn.network.targets import decide
from fastnn.parts.part import Bound


def measure(
    target: Target, loss: Bound, outputs: np.ndarray, targets: np.ndarray, ranking: bool = True
) -> dict[str, float]:
    """Return the metrics of a network's outputs for encoded targets. ranking: whether to compute ROC AUC."""
    if target.kind == "class":
        return metrics.of_classes(outputs, targets.reshape(-1), ranking)
    targets = targets.reshape(len(outputs), -1)
    if target.classes:
        return metrics.of_binary(outputs, targets, ranking, logits=target.kind == "binary")
    wanted = loss.values["quantile"] if loss.part.f is quantile.value else None
    predicted, true = target.values(decide(outputs, loss)), target.values(targets)
    return metrics.of_values(predicted, true, target.columns, wanted)


def ranks_every_epoch(target: Target, rows: int) -> bool:
    """Return whether ROC AUC is computed after every epoch, or only for the parameters that are kept."""
    return rows * len(target.classes) <= metrics.MOST_RANKED


def confusion(target: Target, loss: Bound, outputs: np.ndarray, targets: np.ndarray) -> list[list[int]]:
    """Return how many rows of each class were predicted as each class, for encoded targets."""
    true = targets.reshape(-1) if target.kind == "class" else targets.reshape(-1) > 0
    return metrics.confusion_matrix(codes(outputs, target, loss), true, len(target.classes)).tolist()


def scalars(found: dict[str, Any]) -> dict[str, float]:
    """Return what is a single number: all but the confusion matrix."""
    return {name: value for name, value in found.items() if isinstance(value, float)}
