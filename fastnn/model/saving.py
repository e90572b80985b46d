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
from fastnn.training.record import MeanRecord, Record

COLUMNS = ("train_loss", "validation_loss", "lr")  # of a history, beside its metrics


def to_extra(
    preprocessing: Preprocessing,
    data: str,
    history: Sequence[Record],
    epoch: int | None,
    settings: Mapping[str, Any],
    epochs: Sequence[int],
) -> dict[str, Any]:
    """Return what a model file holds beside the networks."""
    return {
        "data": os.path.basename(data),
        "preprocessing": preprocessing.to_json(),
        "history": history_as_columns(history),
        "epoch": epoch,
        "settings": dict(settings),
        **({"epochs": list(epochs)} if epochs else {}),
    }


def from_extra(
    networks: Sequence[Network], extra: Mapping[str, Any], where: str
) -> tuple[Preprocessing, str, list[Record], int | None, dict[str, Any], tuple[int, ...]]:
    """Return what :func:`to_extra` took. In a file of version 1 there are only the preprocessing and the data's name.

    Raises ModelError if something is damaged or does not fit.
    """
    preprocessing = Preprocessing.from_json(extra.get("preprocessing"), where)
    _check_fit(networks, preprocessing, where)
    epoch, settings, epochs = extra.get("epoch"), extra.get("settings", {}), tuple(extra.get("epochs", ()))
    try:
        history = history_from_columns(extra["history"]) if "history" in extra else []
        require(isinstance(settings, dict))
        require(all(type(one) is int and 1 <= one <= len(history) for one in (*epochs, *([epoch] if epoch else []))))
        require(epoch is None or type(epoch) is int)
        require(len(epochs) in (0, len(networks)))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise ModelError(f"{where}: the history in the model file is damaged.") from None
    return preprocessing, str(extra.get("data", "")), history, epoch, settings, epochs


def history_as_columns(history: Sequence[Record]) -> dict[str, Any]:
    """Return a history as columns of numbers. The times are left out: equal trainings give equal files."""
    columns: dict[str, Any] = {name: [_plain(getattr(r, name)) for r in history] for name in COLUMNS}
    names = list(dict.fromkeys(name for record in history for name in record.metrics))
    metrics = {name: [_plain(record.metrics.get(name)) for record in history] for name in names}
    networks = {"networks": [r.networks for r in history if isinstance(r, MeanRecord)]}
    found = {"epoch": [record.epoch for record in history], **columns, "metrics": metrics}
    return found | (networks if networks["networks"] else {})


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
    networks = found.get("networks")
    require(networks is None or (len(networks) == len(epochs) and all(type(n) is int and n >= 1 for n in networks)))
    history: list[Record] = []
    for i, epoch in enumerate(epochs):
        measured = {name: math.nan if column[i] is None else column[i] for name, column in metrics.items()}
        train_loss, validation_loss, lr = (column[i] for column in columns)
        plain = (epoch, train_loss, validation_loss, measured, lr, None)
        history.append(MeanRecord(*plain, networks[i]) if networks else Record(*plain))
    return history


def _check_fit(networks: Sequence[Network], preprocessing: Preprocessing, where: str) -> None:
    """Raise ModelError unless the networks take what the preprocessing gives and predict its target."""
    target = preprocessing.target
    own = preprocessing.own or (preprocessing,) * len(networks)
    if len(own) != len(networks):
        raise ModelError(f"{where}: there are {len(own)} preprocessings for {len(networks)} networks.")
    for network, fitted in zip(networks, own, strict=True):
        if (fitted.width, target.outputs) != (network.sizes[0], network.sizes[-1]):
            raise ModelError(f"{where}: the preprocessing does not fit the network.")
        if not np.isfinite(network.parameters).all():
            raise ModelError(
                f"{where}: the network has weights that are NaN or infinite; nothing can be predicted with it."
            )
        if network.loss is None or network.loss.part.target != target.kind:
            raise ModelError(f"{where}: the loss does not fit the target {', '.join(target.columns)}.")
        if _but_for_units(network) != _but_for_units(networks[0]) or network.dtype != networks[0].dtype:
            raise ModelError(f"{where}: its networks have different losses or dtypes.")


def _but_for_units(network: Network) -> tuple[Any, ...]:
    """Return the loss without the parameters in the unit of the target, which each network scales in its own way."""
    loss = network.loss
    assert loss is not None
    declared = loss.part.declared
    return loss.part, {name: value for name, value in loss.values.items() if declared[name].unit != "target"}


def _plain(number: float | None) -> float | None:
    """Return a number that JSON can hold, or None for one that it cannot."""
    return number if number is not None and math.isfinite(number) else None
