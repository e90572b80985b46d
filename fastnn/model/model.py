"""A trained network together with its preprocessing. A run saves it, and predictions are made with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastnn.data.dataset import apply
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.table import Table
from fastnn.network.network import Network
from fastnn.network.saving import save
from fastnn.network.targets import decide, metrics, prepare, probabilities


@dataclass(frozen=True)
class Model:
    """A network that takes raw columns. ``data``: the name of the data set or file that it was trained on."""

    network: Network
    preprocessing: Preprocessing
    data: str = ""

    def save(self, path: Path, data: str) -> None:
        """Write network and preprocessing to one safetensors file, completely or not at all."""
        save(
            path,
            self.network.plan,
            self.network.parameters,
            self.network.loss,
            {"data": os.path.basename(data), "preprocessing": self.preprocessing.to_json()},
        )

    def predict(self, table: Table, device: str = "cpu") -> tuple[dict[str, np.ndarray], list[str]]:
        """Return (columns by name, notes): the predictions for every row of the table, in the units of the data.

        For a classification, the columns are the label and, if the loss defines them, the probabilities of all classes.
        For a regression, there is one column per target. Raises DataError if a column is missing or a cell is invalid.
        """
        X, notes = self.preprocessing.inputs(table, dtype=self.network.dtype)
        notes = [*table.notes, *notes]
        outputs = self.network.forward(X, device=device)
        wild = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
        if len(wild):
            where = table.locate(int(wild[0]))
            many = "1 row has" if len(wild) == 1 else f"{len(wild)} rows have"
            notes.append(f"{table.source}: {many} no finite prediction, the first in {where}")
        return self._columns(outputs), notes

    def _columns(self, outputs: np.ndarray) -> dict[str, np.ndarray]:
        target, loss = self.preprocessing.target, self.network.loss
        if not target.classes:
            values = target.values(decide(outputs, loss))
            return {name: values[:, i] for i, name in enumerate(target.columns)}
        labels = np.array(target.classes, dtype=object)
        if target.kind == "sign":
            return {target.columns[0]: labels[(decide(outputs, loss) > 0).astype(int)]}
        p = probabilities(outputs, loss)
        columns = {target.columns[0]: labels[p.argmax(axis=1)]}
        for i, name in enumerate(target.classes):
            title = f"p_{name}"
            while title in columns:  # the target itself may have this name
                title += "_"
            columns[title] = p[:, i]
        return columns

    def evaluate(self, X: np.ndarray, y: np.ndarray, device: str = "cpu") -> dict[str, float]:
        """Return loss and accuracy, or loss, R² and the error in the units of the data, for prepared arrays."""
        from fastnn import ops

        network, loss, target = self.network, self.network.loss, self.preprocessing.target
        assert loss is not None
        outputs = network.forward(X, device=device)
        targets = prepare(y, loss, network.plan, len(X))
        found = {"loss": float(ops.loss(loss, outputs, y)), **metrics(outputs, targets, loss)}
        if not target.classes:
            wrong = target.values(decide(outputs, loss)) - target.values(y)
            for i, name in enumerate(target.columns):
                key = "rmse" if len(target.columns) == 1 else f"rmse of {name}"
                found[key] = float(np.sqrt(np.mean(wrong[:, i] ** 2)))
        return found

    def evaluate_table(self, table: Table, device: str = "cpu") -> tuple[dict[str, float], list[str]]:
        """Return (loss and metrics, notes) for a table that contains the target."""
        notes: list[str] = []
        X, y = apply(self.preprocessing, table, notes, self.network.dtype)
        return self.evaluate(X, y, device), notes
