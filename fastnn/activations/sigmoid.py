"""Logistic function: y = 1 / (1 + exp(-x)); dy/dx = y (1 - y).

Numerical form: with e = exp(-|x|), y = 1 / (1 + e) for x >= 0, else e / (1 + e), so that nothing overflows; see
:func:`fastnn.mathematics.sigmoid`.

Source: Verhulst 1845; in networks: Rumelhart, Hinton, Williams, "Learning representations by back-propagating
errors", Nature 323, 1986.
"""

from __future__ import annotations

from fastnn.mathematics import sigmoid
from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    return sigmoid(x)


def derivative(x: float, y: float) -> float:
    return y * (1.0 - y)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("sigmoid", value, derivative=derivative, aliases=("logistic",))]
