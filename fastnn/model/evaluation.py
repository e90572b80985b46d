"""How well networks predict: loss and metrics, in the units of the data where they have units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.dataset import apply
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.model.outputs import forward, values
from fastnn.network.network import Network
from fastnn.network.targets import metrics, prepare


def evaluate(networks: Sequence[Network], target: Target, X: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return loss and accuracy, or loss, R² and the error in the units of the data, for prepared arrays."""
    from fastnn import ops

    loss = networks[0].loss
    assert loss is not None
    outputs = forward(networks, X)
    targets = prepare(y, loss, networks[0].plan, len(X))
    found = {"loss": float(ops.loss(loss, outputs, y)), **metrics(outputs, targets, loss)}
    if not target.classes:
        wrong = values(outputs, target, loss) - target.values(y)
        for i, name in enumerate(target.columns):
            key = "rmse" if len(target.columns) == 1 else f"rmse of {name}"
            found[key] = float(np.sqrt(np.mean(wrong[:, i] ** 2)))
    return found


def evaluate_table(
    networks: Sequence[Network], preprocessing: Preprocessing, table: Table
) -> tuple[dict[str, float], list[str]]:
    """Return (loss and metrics, notes) for a table that contains the target."""
    notes: list[str] = []
    X, y = apply(preprocessing, table, notes, networks[0].dtype)
    return evaluate(networks, preprocessing.target, X, y), notes
