"""The kinds of targets that a loss can take: the allowed values, and the meaning of the network's outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TargetKind:
    """One kind of target.

    values: the allowed values in words. holds: a function that tells for each element of an array whether it is
    allowed; None if all finite numbers are. output: the meaning of the network's output. classification: whether the
    values stand for classes.
    applies: the activation that the loss itself applies to the outputs; the output layer must not apply it.
    needs: the outputs that the output layer must be able to give, in words; "" if any will do.
    """

    values: str
    output: str
    holds: Callable[[Any], Any] | None = None
    classification: bool = False
    applies: str = ""
    needs: str = ""


TARGETS = {
    "real": TargetKind("numbers", "the prediction"),
    "positive": TargetKind("above 0", "the prediction", lambda y: y > 0),
    "count": TargetKind(
        "0 or more", "the logarithm of the predicted rate", lambda y: y >= 0,
        needs="any sign and size, because it takes the logarithm of the rate and applies exp itself",
    ),
    "binary": TargetKind(
        "0 or 1", "the log-odds (logit) of 1", lambda y: (y == 0) | (y == 1), classification=True, applies="sigmoid",
        needs="both signs, because the sign is the answer",
    ),
    "sign": TargetKind(
        "-1 or 1", "a score, whose sign is the prediction", lambda y: (y == -1) | (y == 1), classification=True,
        needs="both signs, because the sign is the answer",
    ),
    "class": TargetKind(
        "class numbers from 0 to the number of classes - 1", "unnormalised log-probabilities (logits), one per class",
        classification=True, applies="softmax",
    ),
}  # fmt: skip
