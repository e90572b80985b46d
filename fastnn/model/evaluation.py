"""How well networks predict: loss and metrics, in the units of the data where they have units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fastnn.data.dataset import apply_to
from fastnn.data.preprocessing import MISSING_TARGET, Preprocessing
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.limits import OneOf
from fastnn.model.measuring import confusion, measure
from fastnn.model.outputs import common_loss, forward, outputs_of
from fastnn.network.network import Network
from fastnn.network.targets import prepare
from fastnn.parts.part import Bound


def evaluate(
    networks: Sequence[Network], target: Target, X: np.ndarray, y: np.ndarray, device: str = "cpu"
) -> dict[str, Any]:
    """Return loss, metrics and confusion matrix, or loss and metrics in the units of the data, for prepared arrays."""
    loss = networks[0].loss
    assert loss is not None
    return judge(networks[0], target, loss, forward(networks, X, device), y)


def judge(network: Network, target: Target, loss: Bound, outputs: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return what :func:`evaluate` does, for outputs that are there. network: one that gives such outputs."""
    from fastnn import ops

    targets = prepare(y, loss, network.plan, len(outputs))
    found: dict[str, Any] = {"loss": float(ops.loss(loss, outputs, y)), **measure(target, loss, outputs, targets)}
    if target.classes:
        found["confusion_matrix"] = confusion(target, loss, outputs, targets)
    return found


def evaluate_table(
    networks: Sequence[Network],
    preprocessing: Preprocessing,
    table: Table,
    missing_target: str | None = None,
    device: str = "cpu",
) -> tuple[dict[str, Any], list[str], int]:
    """Return (loss and metrics, notes, rows) for a table that contains the target.

    missing_target: what to do with rows without a target, a key of MISSING_TARGET; None: as in training.
    """
    notes: list[str] = []
    if missing_target is not None:
        allowed = OneOf(tuple(MISSING_TARGET))
        preprocessing = replace(preprocessing, missing_target=allowed(missing_target, "missing_target"))
    X, y, rows = apply_to(preprocessing, table, notes, networks[0].dtype, far=True)
    outputs = outputs_of(networks, preprocessing, table, X, rows, device)
    loss = common_loss(networks, preprocessing)
    return judge(networks[0], preprocessing.target, loss, outputs, y), notes, len(X)
