"""What a loss takes as targets, what the network's outputs mean under it, and how good they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.checks import matrix, require_finite
from fastnn.errors import DataError, UsageError
from fastnn.parts.kinds import TARGETS, Bound
from fastnn.plan import Plan

_LIMITS = {  # (what must hold of real-valued targets, the words for it)
    "positive": (lambda y: y > 0, "above 0"),
    "count": (lambda y: y >= 0, "not below 0"),
    "binary": (lambda y: (y == 0) | (y == 1), "0 or 1"),
    "sign": (lambda y: (y == -1) | (y == 1), "-1 or 1"),
}


def check_outputs(plan: Plan, loss: Bound) -> None:
    """UsageError where the output layer does not suit the loss."""
    activation = plan.activations[-1].activation.name
    takes = {"class": "softmax", "binary": "sigmoid", "sign": "", "count": ""}.get(loss.part.target, "")
    if takes and activation in ("softmax", "sigmoid"):
        raise UsageError(
            f"The loss {loss.name!r} takes logits and applies the {takes} itself, in a form that cannot overflow: "
            f"use output_activation='identity' instead of {activation!r}. predict_proba still gives probabilities."
        )
    if loss.part.target == "class" and plan.outputs < 2:
        raise UsageError(
            f"The loss {loss.name!r} needs one output a class, at least 2; the network has {plan.outputs}."
        )


def prepare(y: Any, loss: Bound, plan: Plan, samples: int, name: str = "y") -> np.ndarray:
    """Targets as the program takes them: (samples, outputs), or class numbers (samples, 1), in the plan's dtype.

    Classes are whole numbers 0 ... outputs-1, or rows of zeros with a single 1. Raises DataError.
    """
    kind = loss.part.target
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise DataError(f"{name} is not an array of numbers: {error}.") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} holds {array.dtype}; the loss {loss.name!r} takes {TARGETS[kind].split(';')[0]}.")
    if len(array) != samples if array.ndim else True:
        raise DataError(f"{name} has shape {array.shape}, but there are {samples} samples.")
    if kind == "class":
        return _classes(array, loss, plan, name)
    array = matrix(array, plan.dtype, plan.outputs, name)
    require_finite(array, name)
    if kind in _LIMITS:
        holds, words = _LIMITS[kind]
        bad = np.argwhere(~holds(array))
        if len(bad):
            raise DataError(
                f"{name}[{bad[0][0]}] = {array[tuple(bad[0])]:g}: targets of the loss {loss.name!r} must be {words}."
            )
    return array


def _classes(array: np.ndarray, loss: Bound, plan: Plan, name: str) -> np.ndarray:
    outputs = plan.outputs
    if array.ndim == 2 and array.shape[1] == outputs:
        hot = array != 0
        if not (((array == 0) | (array == 1)).all() and (hot.sum(axis=1) == 1).all()):
            row = int(np.flatnonzero((hot.sum(axis=1) != 1) | ((array != 0) & (array != 1)).any(axis=1))[0])
            raise DataError(f"{name}[{row}] is not one-hot: a row of zeros with a single 1, or give class numbers.")
        array = hot.argmax(axis=1)
    elif array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim != 1:
        raise DataError(
            f"{name} has shape {array.shape}: give class numbers (samples,), or one-hot (samples, {outputs})."
        )
    whole = np.isfinite(array) & (array == np.floor(array)) & (array >= 0) & (array < outputs)
    if not whole.all():
        row = int(np.flatnonzero(~whole)[0])
        raise DataError(
            f"{name}[{row}] = {array[row]:g}: the loss {loss.name!r} takes class numbers 0 ... {outputs - 1}, one for "
            f"each of the network's {outputs} outputs."
        )
    return np.ascontiguousarray(array.reshape(-1, 1), plan.dtype)


def decide(outputs: np.ndarray, loss: Bound | None) -> np.ndarray:
    """Predictions in the targets' own terms, from raw outputs (samples, outputs)."""
    kind = loss.part.target if loss else "real"
    if kind == "class":
        return outputs.argmax(axis=1)
    if kind == "binary":
        outputs = (outputs > 0).astype(np.int64)
    elif kind == "sign":
        outputs = np.where(outputs < 0, -1, 1)
    elif kind == "count":
        outputs = np.exp(outputs)
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def probabilities(outputs: np.ndarray, loss: Bound | None) -> np.ndarray:
    """(samples, classes) from raw outputs; UsageError where they mean no probabilities."""
    from fastnn import ops

    kind = loss.part.target if loss else None
    if kind == "class":
        return ops.activation("softmax", outputs)
    if kind == "binary":
        p = ops.activation("sigmoid", outputs)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p
    trained = f"it was trained with {loss.name!r}" if loss else "it has not been trained"
    raise UsageError(f"predict_proba needs a network trained with cross_entropy or binary_cross_entropy; {trained}.")


def metrics(outputs: np.ndarray, targets: np.ndarray, loss: Bound) -> dict[str, float]:
    """Accuracy for classes, R² for values; targets as prepare() returns them."""
    decided = decide(outputs, loss)
    if loss.part.target in ("class", "binary", "sign"):
        return {"accuracy": float(np.mean(decided.reshape(targets.shape) == targets))}
    errors = targets.astype(np.float64) - decided.reshape(targets.shape)
    spread = ((targets - targets.mean(axis=0, dtype=np.float64)) ** 2).sum(axis=0)
    if not (spread > 0).all():
        return {}
    return {"r2": float(np.mean(1 - (errors**2).sum(axis=0) / spread))}
