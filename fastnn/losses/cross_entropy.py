"""Cross-entropy on logits: the negative log-likelihood of the target class t under softmax(z).

With s = label_smoothing, K classes and p = softmax(z):

    l = -(1 - s) log p_t - s / K sum_k log p_k;    dl/dz_k = p_k - (1 - s) 1[k = t] - s / K

Numerical form: -log p_k = log(sum_j exp(z_j - m)) - (z_k - m), where m is the maximum of the row.

Source: Good, "Rational decisions", 1952; label smoothing: Szegedy et al., "Rethinking the Inception
architecture", CVPR 2016 (arXiv:1512.00567), section 7. Convention: PyTorch's cross_entropy. Keras expects
probabilities by default.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from fastnn.mathematics import exp, log
from fastnn.parts import Loss, Parameter, hookimpl


def value(prediction: Sequence[float], target: int, label_smoothing: float) -> float:
    """Return the loss of one row. prediction: its logits; target: its class number."""
    n = len(prediction)
    largest = maximum(prediction)
    total = exp(prediction[0] - largest)
    for i in range(1, n):
        total = total + exp(prediction[i] - largest)
    return smoothed(prediction, target, label_smoothing, largest, log(total))


def gradient(prediction: Sequence[float], target: int, out: MutableSequence[float], label_smoothing: float) -> float:
    """Write the gradient to out and return the loss. Each loop does one thing, so that it vectorises."""
    n = len(prediction)
    largest = maximum(prediction)
    for i in range(n):
        out[i] = exp(prediction[i] - largest)
    total = out[0]
    for i in range(1, n):
        total = total + out[i]
    factor = 1.0 / total
    share = label_smoothing / n
    for i in range(n):
        out[i] = out[i] * factor - share
    out[target] = out[target] - (1.0 - label_smoothing)
    return smoothed(prediction, target, label_smoothing, largest, log(total))


def maximum(row: Sequence[float]) -> float:
    """Return the maximum of a row. It may ignore a NaN, which the exponentials then propagate."""
    largest = row[0]
    for i in range(1, len(row)):
        largest = row[i] if row[i] > largest else largest
    return largest


def smoothed(row: Sequence[float], target: int, label_smoothing: float, largest: float, log_total: float) -> float:
    """Return the loss. largest: the maximum of the row; log_total: log(sum(exp(row - largest)))."""
    loss = log_total - (1.0 - label_smoothing) * (row[target] - largest)
    if label_smoothing > 0.0:  # without smoothing, the logits of the other classes may be -inf
        rest = row[0] - largest
        for i in range(1, len(row)):
            rest = rest + (row[i] - largest)
        loss = loss - label_smoothing / len(row) * rest
    return loss


@hookimpl
def fastnn_losses() -> list[Loss]:
    smoothing = Parameter(0.0, at_least=0.0, at_most=1.0)
    return [
        Loss(
            "cross_entropy",
            value,
            gradient=gradient,
            parameters={"label_smoothing": smoothing},
            rowwise=True,
            target="class",
        )
    ]
