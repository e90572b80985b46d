"""Focal loss: cross-entropy in which samples that are already right count less.

With p = softmax(z), the target class t and q = 1 - p_t:

    l = -q^gamma log p_t
    dl/dz_k = (gamma q^(gamma - 1) p_t log p_t - q^gamma) (1[k = t] - p_k)

gamma = 0 is cross-entropy. q is the sum of the other classes' probabilities, not 1 - p_t, which would lose digits where
p_t is near 1; log p_t is -log1p(q / p_t) there.

Source: Lin, Goyal, Girshick, He, Dollár, "Focal loss for dense object detection", ICCV 2017 (arXiv:1708.02002),
equation 4, for any number of classes.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

import fastnn
from fastnn.mathematics import exp, log, log1p


def value(prediction: Sequence[float], target: int, gamma: float) -> float:
    """Return the loss of one row. prediction: its logits; target: its class number."""
    largest = maximum(prediction)
    own, others = exp(prediction[target] - largest), 0.0
    for i in range(len(prediction)):
        others = others + (0.0 if i == target else exp(prediction[i] - largest))
    return -((others / (own + others)) ** gamma) * log_share(prediction[target] - largest, own, others)


def gradient(prediction: Sequence[float], target: int, out: MutableSequence[float], gamma: float) -> float:
    """Write the gradient to out and return the loss."""
    n = len(prediction)
    largest = maximum(prediction)
    for i in range(n):
        out[i] = exp(prediction[i] - largest)
    own = out[target]
    out[target] = 0.0
    others = out[0]
    for i in range(1, n):
        others = others + out[i]
    total = own + others
    q = others / total
    log_p = log_share(prediction[target] - largest, own, others)
    weight = q**gamma
    ratio = log_p / q if q > 0 else -1.0  # its limit
    slope = weight * (gamma * (own / total) * ratio - 1)
    for i in range(n):
        out[i] = -slope * (out[i] / total)
    out[target] = slope * q
    return -weight * log_p


def maximum(row: Sequence[float]) -> float:
    """Return the maximum of a row. It may ignore a NaN, which the exponentials then propagate."""
    largest = row[0]
    for i in range(1, len(row)):
        largest = row[i] if row[i] > largest else largest
    return largest


def log_share(below: float, own: float, others: float) -> float:
    """Return log(own / (own + others)), where own = exp(below)."""
    return -log1p(others) if below >= 0 else below - log(own + others)


@fastnn.hookimpl
def fastnn_losses() -> list[fastnn.Loss]:
    gamma = {"gamma": fastnn.Parameter(2.0, at_least=0, meaning="how much less easy samples count")}
    return [fastnn.Loss("focal", value, gradient=gradient, parameters=gamma, rowwise=True, target="class")]
