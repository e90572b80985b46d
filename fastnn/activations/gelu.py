"""The Gaussian error linear unit, y = x P(x) with the normal distribution P(x) = (1 + erf(x / sqrt 2)) / 2.

dy/dx = P(x) + x p(x) with its density p(x) = exp(-x^2 / 2) / sqrt(2 pi). Stable form: beyond 40 standard
deviations P and p are 0 or 1 in every dtype; x is limited there, so that infinity is never multiplied by 0.

Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016 (arXiv:1606.08415). Convention: the exact one,
the default of PyTorch, Keras and ONNX; that of JAX and tinygrad is ``gelu_tanh``.
"""

from __future__ import annotations

import math

from fastnn.hookspecs import hookimpl
from fastnn.mathematics import erf, exp
from fastnn.parts import Activation

ROOT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


def value(x: float) -> float:
    z = -40.0 if x < -40.0 else x
    return z * (0.5 + 0.5 * erf(ROOT_HALF * z))


def derivative(x: float, y: float) -> float:
    z = -40.0 if x < -40.0 else x
    s = 40.0 if z > 40.0 else z
    return 0.5 + 0.5 * erf(ROOT_HALF * z) + DENSITY * s * exp(-0.5 * s * s)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("gelu", value, derivative=derivative)]
