"""The choices: settings for a table, from a few facts about it.

All of them are settings of ``fastnn train``, so that a configuration can record them and a user can replace each one.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from fastnn.config import Experiment
from fastnn.data.share import Folds
from fastnn.recipe.facts import Facts

LARGE = 8_000  # rows above which networks are wider, and fewer
FOLDS = Folds(4)
STEPS = 4_000
BLIND_STEPS = 1_000  # without validation rows, which would say when to stop
MOST_EPOCHS = 1_000  # of tables with few rows, where an epoch is a few steps
PATIENCE = 0.15  # of the epochs
LR = 0.002
QUANTILES = "quantiles:12"


def chosen(experiment: Experiment, facts: Facts) -> Experiment:
    """Return the experiment with every setting chosen that the user has not given."""
    made: dict[str, Any] = {}

    def choose(name: str, value: Any) -> Any:
        if name not in experiment.given:
            made[name] = value
        return made.get(name, getattr(experiment, name))

    large = facts.rows > LARGE
    ensemble = choose("ensemble", 4 if large else 8)
    validation = choose("validation", FOLDS if ensemble > 1 else 0.2)
    drawn = isinstance(validation, Folds) or (type(validation) is float and validation > 0)
    if drawn and 0 < 2 * facts.classes <= facts.rows:
        choose("stratify", True)
    choose("hidden", (256, 128) if large else (128, 64))
    choose("dropout", 0.1)
    choose("clip_inputs", 5.0)
    choose("encoding", "auto" if validation else "none")
    if not {"lr", "optimizer.lr"} & experiment.given:
        choose("optimizer", experiment.optimizer.changed({"lr": LR}))
    full = experiment.optimizer.part.batch == "full"
    batch = None if full else choose("batch_size", _batch(facts.rows))
    trained = max(round(facts.rows * _share(validation)), 1)
    steps = math.ceil(trained / min(batch or trained, trained))
    epochs = choose("epochs", min(math.ceil((STEPS if validation else BLIND_STEPS) / steps), MOST_EPOCHS))
    if validation:
        choose("early_stopping", max(round(PATIENCE * epochs), 2))
    return replace(experiment, recipe="auto", **made)


def candidates(encoding: str) -> tuple[str, ...]:
    """Return the encodings that are tried."""
    return ("none", QUANTILES) if encoding == "auto" else (encoding,)


def _batch(rows: int) -> int:
    return 256 if rows > LARGE else 128 if rows > 2_000 else 64 if rows > 500 else 32


def _share(validation: float | str | Folds) -> float:
    """Return the share of the rows that a network trains on."""
    if isinstance(validation, Folds):
        return 1 - 1 / validation.number
    return 1.0 if isinstance(validation, str) else 1 - validation
