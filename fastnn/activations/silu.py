"""Sigmoid-weighted linear unit: y = x s with s = 1 / (1 + exp(-x)); dy/dx = s + y (1 - s).

Numerical form: for |x| > 800, s is 0 or 1 in every dtype. x and y are clamped there, so that infinity is never
multiplied by 0.

Source: Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units for neural network function approximation in
reinforcement learning", 2017 (arXiv:1702.03118). Ramachandran, Zoph, Le, 2017 (arXiv:1710.05941) call it swish.
"""

from __future__ import annotations

from fastnn.mathematics import sigmoid
from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    z = -800.0 if x < -800.0 else x
    return z * sigmoid(z)


def derivative(x: float, y: float) -> float:
    z = -800.0 if x < -800.0 else x
    s = sigmoid(z)
    return s + (800.0 if y > 800.0 else y) * (1.0 - s)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("silu", value, derivative=derivative, aliases=("swish",))]
