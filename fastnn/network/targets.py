"""Targets as a loss takes them, predictions from the network's outputs, and metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.activations import sigmoid, softmax
from fastnn.checks import array as given
from fastnn.checks import matrix, require_finite, require_resolved
from fastnn.errors import DataError, UsageError
from fastnn.network.reach import reach
from fastnn.parts.part import Bound
from fastnn.parts.targets import TARGETS
from fastnn.plan import Plan

_TO_PROBABILITIES = (sigmoid.value, softmax.value)  # functions, since another activation may have the same name


def check_outputs(plan: Plan, loss: Bound) -> None:
    """Raise UsageError if the output layer does not suit the loss."""
    activation = plan.activations[-1].activation
    applies = TARGETS[loss.part.target].applies
    if applies and activation.part.f in _TO_PROBABILITIES:
        raise UsageError(
            f"The loss {loss.name!r} takes logits and applies the {applies} itself, in a form that cannot overflow: "
            f"use output_activation='identity' instead of {activation.name!r}. predict_proba still gives probabilities."
        )
    kind, needs = loss.part.target, TARGETS[loss.part.target].needs
    if needs:
        can = reach(activation)
        if not (can.everything if kind == "count" else can.low < 0 < can.high):
            raise UsageError(
                f"The loss {loss.name!r} needs outputs of {needs}, but the output activation {activation.name!r} gives "
                f"only {can}: use output_activation='identity'."
            )
    if kind == "class" and plan.outputs < 2:
        raise UsageError(
            f"The loss {loss.name!r} needs one output per class, at least 2; the network has {plan.outputs}."
        )


def prepare(y: Any, loss: Bound, plan: Plan, samples: int, name: str = "y") -> np.ndarray:
    """Return targets in the plan's dtype as the program takes them: (samples, outputs), or class numbers (samples, 1).

    Classes are integers 0 ... outputs - 1, or rows of zeros with a single 1. Raises DataError.
    """
    kind = loss.part.target
    array = given(y, name)
    if array.dtype.kind in "UST" or (array.dtype.kind == "O" and any(isinstance(one, str) for one in array.flat)):
        raise DataError(_texts(name, kind))
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds {array.dtype}; targets of the loss {loss.name!r} must be {TARGETS[kind].values}."
        )
    if len(array) != samples if array.ndim else True:
        raise DataError(f"{name} has shape {array.shape}, but there are {samples} samples.")
    if kind == "class":
        return _classes(array, loss, plan, name)
    exact, array = array, matrix(array, plan.dtype, plan.outputs, name)
    require_finite(array, name)
    require_resolved(exact, array, name)
    allowed = TARGETS[kind]
    if allowed.holds is not None:
        bad = np.argwhere(~allowed.holds(array))
        if len(bad):
            raise DataError(
                f"{name}[{bad[0][0]}] = {array[tuple(bad[0])]:g}: targets of the loss {loss.name!r} must be "
                f"{allowed.values}."
            )
    return array


def _texts(name: str, kind: str) -> str:
    """Return the message for targets that are texts."""
    if not TARGETS[kind].classification:
        return f"{name} holds texts; this loss takes numbers: {name} = np.asarray({name}, float)."
    signs = f"; {name} = 2 * {name} - 1" if kind == "sign" else ""
    return (
        f"{name} holds texts; a network takes numbers. Encode them: classes, {name} = np.unique({name}, "
        f"return_inverse=True){signs}. Or use fastnn.fit, which takes tables with texts and predicts the labels."
    )


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
    is_class = np.isfinite(array) & (array == np.floor(array)) & (array >= 0) & (array < outputs)
    if not is_class.all():
        row = int(np.flatnonzero(~is_class)[0])
        raise DataError(
            f"{name}[{row}] = {array[row]:g}: the loss {loss.name!r} takes class numbers 0 ... {outputs - 1}, one for "
            f"each of the network's {outputs} outputs."
        )
    return np.ascontiguousarray(array.reshape(-1, 1), plan.dtype)


def decide(outputs: np.ndarray, loss: Bound | None) -> np.ndarray:
    """Return predictions of the same kind as the targets, from raw outputs (samples, outputs)."""
    kind = loss.part.target if loss else "real"
    if kind == "class":
        return outputs.argmax(axis=1)
    if kind == "binary":
        outputs = (outputs > 0).astype(np.int64)
    elif kind == "sign":
        outputs = np.where(outputs < 0, -1, 1)
    elif kind == "count":
        with np.errstate(over="ignore"):
            outputs = np.exp(outputs)
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def probabilities(outputs: np.ndarray, loss: Bound | None) -> np.ndarray:
    """Return probabilities (samples, classes) from raw outputs. Raise UsageError if the loss does not define any."""
    from fastnn import ops

    kind = loss.part.target if loss else None
    if kind == "class":
        return ops.activation("softmax", outputs)
    if kind == "binary":
        p = ops.activation("sigmoid", outputs)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p
    trained = f"it was trained with {loss.name!r}" if loss else "it has not been trained"
    raise UsageError(f"predict_proba needs a network trained with cross_entropy or binary_cross_entropy; {trained}.")


class Metrics:
    """Accuracy for classes, R² for values; for the outputs of each epoch. The targets are those of prepare().

    What depends only on the targets is computed once.
    """

    def __init__(self) -> None:
        self._targets: np.ndarray | None = None
        self._spread: np.ndarray | None = None

    def __call__(self, outputs: np.ndarray, targets: np.ndarray, loss: Bound) -> dict[str, float]:
        decided = decide(outputs, loss).reshape(targets.shape)
        if TARGETS[loss.part.target].classification:
            return {"accuracy": np.count_nonzero(decided == targets) / targets.size}
        if self._targets is not targets:
            self._targets, self._spread = targets, _spread(targets)
        if self._spread is None:
            return {}
        errors = np.subtract(targets, decided, dtype=np.float64)
        np.square(errors, out=errors)
        each = 1 - np.add.reduce(errors) / self._spread
        return {"r2": float(np.add.reduce(each)) / len(each)}


def _spread(targets: np.ndarray) -> np.ndarray | None:
    """Return the sums of squares around the means, or None if a target is the same number in every row."""
    spread = ((targets - targets.mean(axis=0, dtype=np.float64)) ** 2).sum(axis=0)
    if not (spread > 0).all() or (targets == targets[:1]).all(axis=0).any():  # a mean is not exact: 0.1, 0.1, 0.1
        return None
    return spread
