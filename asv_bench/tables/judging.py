"""How predictions are judged, and when one competitor counts as better than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from asv_bench.tables.data import MANY, TWO, VALUE

TIE = 0.003  # a smaller difference of two mean scores counts as equal
SCORES = {VALUE: "R2", TWO: "ROC AUC", MANY: "accuracy"}


def score(kind: str, truth: Any, found: np.ndarray, classes: Sequence[str]) -> float:
    """Return R2 of values, ROC AUC of two classes, or the accuracy of more. Raises ValueError for a wrong shape."""
    shape = (len(truth), len(classes)) if classes else (len(truth),)
    if found.shape != shape:
        raise ValueError(f"the predictions have the shape {found.shape} instead of {shape}")
    if kind == VALUE:
        return float(r2_score(truth, found))
    if kind == TWO:
        return float(roc_auc_score(truth == classes[1], found[:, 1]))
    return float(accuracy_score(truth, np.asarray(classes)[found.argmax(axis=1)]))


def verdict(scores: Sequence[float], others: Sequence[float]) -> str:
    """Return "win", "tie" or "loss" for the first of two competitors. One that failed loses."""
    if not scores or not others:
        return "win" if scores else "loss"
    difference = float(np.mean(scores) - np.mean(others))
    return "tie" if abs(difference) <= TIE else "win" if difference > 0 else "loss"
