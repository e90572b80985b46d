"""Softsign: y = x / (1 + |x|); dy/dx = 1 / (1 + |x|)^2.

Numerical form: x is clamped to ±1e30, where |y| is 1 in every dtype, so that infinity is never divided by infinity.

Source: Bergstra, Desjardins, Lamblin, Bengio, "Quadratic polynomials learn better image features", 2009.
"""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    z = -1e30 if x < -1e30 else (1e30 if x > 1e30 else x)
    return z / (1.0 + abs(z))


def derivative(x: float, y: float) -> float:
    q = 1.0 / (1.0 + abs(x))
    return q * q


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("softsign", value, derivative=derivative)]
