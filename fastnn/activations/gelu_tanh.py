"""The tanh approximation of gelu: y = x s with s = 1 / (1 + exp(-v)), v = 2 sqrt(2 / pi) (x + 0.044715 x^3).

This equals x (1 + tanh(v / 2)) / 2, without the cancellation for x < 0. dy/dx = s + x s (1 - s) dv/dx, where
s (1 - s) = e / (1 + e)^2 with e = exp(-|v|). Numerical form: for |x| > 40, s is 0 or 1 in every dtype. x is clamped
there, so that infinity is never multiplied by 0.

Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016 (arXiv:1606.08415), section 2. Convention: PyTorch's
gelu(approximate="tanh"). It differs from ``gelu`` by at most 5e-4.
"""

from __future__ import annotations

import math

from fastnn.mathematics import exp
from fastnn.parts import Activation, hookimpl

LINEAR = 2.0 * math.sqrt(2.0 / math.pi)
CUBIC = LINEAR * 0.044715


def value(x: float) -> float:
    z = -40.0 if x < -40.0 else x
    v = z * (LINEAR + CUBIC * z * z)
    e = exp(-abs(v))
    q = 1.0 / (1.0 + e)
    return z * (q if v > 0.0 else e * q)


def derivative(x: float, y: float) -> float:
    z = -40.0 if x < -40.0 else x
    v = z * (LINEAR + CUBIC * z * z)
    e = exp(-abs(v))
    q = 1.0 / (1.0 + e)
    w = 40.0 if z > 40.0 else z
    return (q if v > 0.0 else e * q) + e * q * q * (w * (LINEAR + 3.0 * CUBIC * w * w))


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("gelu_tanh", value, derivative=derivative)]
