"""Metrics of predictions, with scikit-learn's values: for classes, for several binary targets, and for numbers.

A metric that the data do not define is left out: all of them without rows; ROC AUC if a class is absent; R² if a target
is the same number in every row. Which metrics there are depends on the targets alone, so they are
the same in every epoch. A metric is NaN or infinite if the outputs are.

Classes that occur neither as a target nor as a prediction do not count; balanced accuracy is the mean over the classes
among the targets. The log loss follows from the logits and is not clipped: scikit-learn's ends at 36, where a
probability is 0 in float64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

MOST_RANKED = 100_000  # rows x classes: ROC AUC sorts them, which takes too long for every epoch of a fast training
TITLES = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1": "F1", "roc_auc": "ROC AUC",
    "log_loss": "log loss", "r2": "R²", "mae": "MAE", "rmse": "RMSE", "quantile_loss": "quantile loss",
    "coverage": "coverage",
}  # fmt: skip


def title(name: str) -> str:
    """Return the name of a metric as people write it: "RMSE of price" for "rmse of price"."""
    metric, of, target = name.partition(" of ")
    return TITLES.get(metric, metric) + of + target


def main_metrics(found: Mapping[str, float]) -> dict[str, float]:
    """Return the one or two metrics that are shown for every epoch, the most important one first."""
    of_quantiles = {name: found[name] for name in ("quantile_loss", "coverage") if name in found}
    return of_quantiles or {name: found[name] for name in ("accuracy", "r2", "rmse") if name in found}


def of_classes(outputs: np.ndarray, classes: np.ndarray, ranking: bool = True) -> dict[str, float]:
    """Return the metrics of logits (rows, classes) for class numbers (rows,). ranking: whether to compute ROC AUC."""
    classes = classes.astype(np.intp)
    found = _of_decisions(outputs.argmax(axis=1), classes, outputs.shape[1])
    with np.errstate(all="ignore"):  # infinite outputs
        z = outputs.astype(np.float64)
        z -= z.max(axis=1, keepdims=True, initial=-np.inf)
        terms = np.exp(z)
        if ranking:
            terms.sort(axis=1)  # added in order of size, so that equal probabilities are equal to the last bit
        z -= np.log(terms.sum(axis=1, keepdims=True))  # the logarithms of the probabilities
    if found and ranking:
        found |= _roc_auc([z[:, 1] - z[:, 0]] if z.shape[1] == 2 else z.T, classes)
    if found:
        found["log_loss"] = float(-z[np.arange(len(z)), classes].mean())
    return found


def of_binary(outputs: np.ndarray, targets: np.ndarray, ranking: bool = True, logits: bool = True) -> dict[str, float]:
    """Return the metrics of outputs (rows, targets), which are above 0 for the second of two classes.

    targets: the second class is above 0. logits: whether outputs are logits; scores have no log loss. If there are
    several targets, every metric is the mean over them; one that is not defined for all of them is left out.
    """
    each = []
    for z, second in zip(outputs.astype(np.float64).T, (targets > 0).T, strict=True):
        found = _of_decisions((z > 0 if logits else z >= 0).astype(np.intp), second.astype(np.intp), 2)
        if found and ranking:
            found |= _roc_auc([z], second.astype(np.intp))
        if found and logits:
            with np.errstate(all="ignore"):
                wrong = np.where(second, -z, z)  # the log-odds of the wrong class
                found["log_loss"] = float(np.logaddexp(0.0, wrong).mean())
        each.append(found)
    return {name: float(np.mean([one[name] for one in each])) for name in each[0] if all(name in one for one in each)}


def of_values(
    predicted: np.ndarray, true: np.ndarray, names: Sequence[str] = ("",), quantile: float | None = None
) -> dict[str, float]:
    """Return the metrics of predictions (rows, targets), float64 in the units of the data.

    R² is the mean over the targets. Errors are in the units of a target: if there are several, the metric's name is
    followed by that of the target, as in "rmse of price". quantile: if the predictions are quantiles, also the quantile
    loss and the coverage, which is the fraction of targets that are not above their prediction.
    """
    if not len(true):
        return {}
    found: dict[str, float] = {}
    with np.errstate(all="ignore"):
        errors, around = predicted - true, true - true.mean(axis=0)
        varies = true.max(axis=0) > true.min(axis=0)
        unit = np.where(varies, np.abs(around).max(axis=0), 1.0)  # squares of huge or tiny numbers leave float64
        squares = ((errors / unit) ** 2).mean(axis=0)
        if varies.all():
            found["r2"] = float(np.mean(1 - squares / ((around / unit) ** 2).mean(axis=0)))
        measured = {"mae": np.abs(errors).mean(axis=0), "rmse": unit * np.sqrt(squares)}
        if quantile is not None:
            measured["quantile_loss"] = np.where(errors > 0, (1 - quantile) * errors, -quantile * errors).mean(axis=0)
            measured["coverage"] = (errors >= 0).mean(axis=0)
    for metric, values in measured.items():
        for name, value in zip(names, values.tolist(), strict=True):
            found[metric if len(names) == 1 else f"{metric} of {name}"] = value
    return found


def confusion_matrix(decided: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """Return how many rows of each class (the rows of the matrix) were predicted as each class (its columns)."""
    return np.bincount(classes.astype(np.intp) * count + decided, minlength=count * count).reshape(count, count)


def _of_decisions(decided: np.ndarray, classes: np.ndarray, count: int) -> dict[str, float]:
    if not len(classes):
        return {}
    right = np.bincount(classes[classes == decided], minlength=count)
    there = np.bincount(classes, minlength=count)
    either = there + np.bincount(decided, minlength=count)
    return {
        "accuracy": float(right.sum() / len(classes)),
        "balanced_accuracy": float((right[there > 0] / there[there > 0]).mean()),
        "f1": float((2 * right[either > 0] / either[either > 0]).mean()),
    }


def _roc_auc(scores: Sequence[np.ndarray] | np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """Return the mean area under the ROC curves of each class against the rest, from the ranks of its rows.

    scores: (rows,) for each class, or only for the second of two. Equal scores share the mean of their ranks.
    """
    rows, first = len(classes), 1 if len(scores) == 1 else 0
    counts = np.bincount(classes, minlength=first + len(scores))
    if not ((counts > 0) & (counts < rows)).all():
        return {}
    by_class = np.argsort(classes, kind="stable")
    starts = np.cumsum(counts) - counts
    areas = np.empty(len(scores))
    for i, score in enumerate(scores):
        many, start = int(counts[first + i]), starts[first + i]
        order = np.sort(score)
        if np.isnan(order[-1]):
            return {"roc_auc": float("nan")}
        own = np.sort(score[by_class[start : start + many]])
        ranks = order.searchsorted(own, "left").sum() + order.searchsorted(own, "right").sum() + many  # twice the ranks
        areas[i] = (ranks - many * (many + 1)) / (2 * many * (rows - many))
    return {"roc_auc": float(areas.mean())}
