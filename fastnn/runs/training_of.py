"""The training of a run's network."""

from __future__ import annotations

import numpy as np

from fastnn.model.measuring import measure, ranks_every_epoch
from fastnn.parts.part import Bound
from fastnn.runs.setup import Setup
from fastnn.training.arrays import Arrays
from fastnn.training.prepared import Prepared, prepare_training


def training_of(run: Setup, arrays: Arrays | None = None) -> Prepared:
    """Return the training of a prepared run. arrays: the data of earlier trainings."""
    e, data, target = run.experiment, run.dataset, run.dataset.preprocessing.target
    ranking = ranks_every_epoch(target, len(data.validation[1]) if data.validation else 0)

    def measured(outputs: np.ndarray, targets: np.ndarray, loss: Bound) -> dict[str, float]:
        return measure(target, loss, outputs, targets, ranking)

    return prepare_training(
        run.network, data.X, data.y, measured, validation=data.validation, loss=run.network.loss,
        optimizer=e.optimizer, epochs=e.epochs, batch_size=e.batch_size, shuffle=e.shuffle, seed=e.seed,
        device=e.device, threads=e.threads, dropout=e.dropout, l1=e.l1, l2=e.l2, clip_norm=e.clip_norm,
        early_stopping=e.early_stopping, tolerance=e.tolerance, arrays=arrays,
    )  # fmt: skip
