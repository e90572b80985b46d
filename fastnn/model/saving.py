"""Models as the content of files: networks, preprocessing, history and settings. See fastnn.network.saving."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.target import require
from fastnn.errors import ModelError
from fastnn.network.network import Network
from fastnn.training.record import Record

COLUMNS = ("train_loss", "validation_loss", "lr")  # of a history, beside its metrics


def to_extra(
    preprocessing: Preprocessing, data: str, history: Sequence[Record], epoch: int | None, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a model file holds beside the networks."""
    return {
        "data": os.path.basename(data),
        "preprocessing": preprocessing.to_json(),
        "history": history_as_columns(history),
        "epoch": epoch,
        "settings": dict(settings),
    }


def from_extra(
    networks: Sequence[Network], extra: Mapping[str, Any], where: str
) -> tuple[Preprocessing, str, list[Record], int | None, dict[str, Any]]:
    """Return what :func:`to_extra` took. In a file of version 1 there are only the preprocessing and the data's name.

    Raises ModelError if something is damaged or does not fit.
    """
    preprocessing = Preprocessing.from_json(extra.get("preprocessing"), where)
    _check_fit(networks, preprocessing, where)
    epoch, settings = extra.get("epoch"), extra.get("settings", {})
    try:
        history = history_from_columns(extra["history"]) if "history" in extra else []
        require(isinstance(settings, dict))
        require(epoch is None or (type(epoch) is int and 1 <= epoch <= len(history)))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise ModelError(f"{where}: the history in the model file is damaged.") from None
    return preprocessing, str(extra.get("data", "")), history, epoch, settings


def history_as_columns(history: Sequence[Record]) -> dict[str, Any]:
    """Return a history as columns of numbers. The times are left out: equal trainings give equal files."""
    columns: dict[str, Any] = {name: [_plain(getattr(r, name)) for r in history] for name in COLUMNS}
    names = list(dict.fromkeys(name for record in history for name in record.metrics))
    metrics = {name: [_plain(record.metrics.get(name)) for record in history] for name in names}
    return {"epoch": [record.epoch for record in history], **columns, "metrics": metrics}


def history_from_columns(found: Any) -> list[Record]:
    """Return the history. Raise KeyError, TypeError or ValueError if it is damaged."""
    epochs, metrics = found["epoch"], found["metrics"]
    columns = [found[name] for name in COLUMNS]
    require(isinstance(epochs, list) and isinstance(metrics, dict))
    require(all(type(e) is int and e >= 1 for e in epochs))
    for column in (*columns, *metrics.values()):
        require(isinstance(column, list) and len(column) == len(epochs))
        require(all(v is None or (isinstance(v, int | float) and math.isfinite(v)) for v in column))
    require(None not in columns[0])
    history = []
    for i, epoch in enumerate(epochs):
        measured = {name: math.nan if column[i] is None else column[i] for name, column in metrics.items()}
        train_loss, validation_loss, lr = (column[i] for column in columns)
        history.append(Record(epoch, train_loss, validation_loss, measured, lr, None))
    return history


def _check_fit(networks: Sequence[Network], preprocessing: Preprocessing, where: str) -> None:
    """Raise ModelError unless the networks take what the preprocessing gives and predict its target."""
    target = preprocessing.target
    loss = networks[0].loss
    for network in networks:
        if (preprocessing.width, target.outputs) != (network.sizes[0], network.sizes[-1]):
            raise ModelError(f"{where}: the preprocessing does not fit the network.")
        if not np.isfinite(network.parameters).all():
            raise ModelError(
                f"{where}: the network has weights that are NaN or infinite; nothing can be predicted with it."
            )
        if network.loss is None or network.loss.part.target != target.kind:
            raise ModelError(f"{where}: the loss does not fit the target {', '.join(target.columns)}.")
        if network.loss != loss or network.dtype != networks[0].dtype:
            raise ModelError(f"{where}: its networks have different losses or dtypes.")


def _plain(number: float | None) -> float | None:
    """Return a number that JSON can hold, or None for one that it cannot."""
    return number if number is not None and math.isfinite(number) else None
