"""Hyperbolic tangent: y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)); dy/dx = 1 - y^2.

Numerical form: :func:`fastnn.mathematics.tanh`.

Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, section 4.4.
"""

from __future__ import annotations

from fastnn.mathematics import tanh
from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    return tanh(x)


def derivative(x: float, y: float) -> float:
    return 1.0 - y * y


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("tanh", value, derivative=derivative)]
