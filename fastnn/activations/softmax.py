"""Softmax: the class probabilities y_i = exp(x_i) / sum_j exp(x_j) of a row. Output layer only.

The Jacobian is dy_i/dx_j = y_i (1[i = j] - y_j), so dx_i = y_i (dy_i - sum_j dy_j y_j). Numerical form: the maximum
of the row is subtracted first.

Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990. With the loss
``cross_entropy``, which expects logits and includes the softmax, use ``identity`` as the output activation instead.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from fastnn.mathematics import exp
from fastnn.parts import Activation, hookimpl


def value(x: Sequence[float], y: MutableSequence[float]) -> None:
    """Write softmax(x) to y; both rows have the same length. Each loop does one thing, so that it vectorises."""
    n = len(x)
    largest = x[0]
    for i in range(1, n):
        largest = x[i] if x[i] > largest else largest
    for i in range(n):
        y[i] = exp(x[i] - largest)
    total = y[0]
    for i in range(1, n):
        total = total + y[i]
    factor = 1.0 / total
    for i in range(n):
        y[i] = y[i] * factor


def derivative(x: Sequence[float], y: Sequence[float], dy: Sequence[float], dx: MutableSequence[float]) -> None:
    """Write (dy/dx)^T . dy to dx; all rows have the same length."""
    n = len(y)
    mean = dy[0] * y[0]
    for i in range(1, n):
        mean = mean + dy[i] * y[i]
    for i in range(n):
        dx[i] = y[i] * (dy[i] - mean)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("softmax", value, derivative=derivative, rowwise=True)]
