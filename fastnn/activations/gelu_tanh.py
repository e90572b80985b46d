"""The usual approximation of gelu, y = x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3).

dy/dx = s + x s (1 - s) 2 du/dx with s = (1 + tanh(u)) / 2. Stable form: s = 1 / (1 + exp(-2 u)), without
cancellation below 0; beyond 40 s is 0 or 1 in every dtype and x is limited, so that infinity is never
multiplied by 0.

Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016 (arXiv:1606.08415), section 2. It is PyTorch's
gelu(approximate="tanh") and differs from ``gelu`` by at most 5e-4.
"""

from __future__ import annotations

import math

from fastnn.hookspecs import hookimpl
from fastnn.mathematics import sigmoid
from fastnn.parts import Activation

LINEAR = 2.0 * math.sqrt(2.0 / math.pi)  # of x and x^3 in 2 u
CUBIC = LINEAR * 0.044715


def value(x: float) -> float:
    z = -40.0 if x < -40.0 else x
    return z * sigmoid(z * (LINEAR + CUBIC * z * z))


def derivative(x: float, y: float) -> float:
    z = -40.0 if x < -40.0 else x
    s = sigmoid(z * (LINEAR + CUBIC * z * z))
    w = 40.0 if z > 40.0 else z
    return s + s * (1.0 - s) * w * (LINEAR + 3.0 * CUBIC * w * w)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("gelu_tanh", value, derivative=derivative)]
