"""Gaussian error linear unit: y = x P(x) with the normal CDF P(x) = (1 + erf(x / sqrt 2)) / 2.

dy/dx = P(x) + x p(x) with the normal density p(x) = exp(-x^2 / 2) / sqrt(2 pi). Numerical form: let a = |x|. For
x > 0, P(x) = 1 - P(-a), so y = max(x, 0) - a P(-a), and the small term has a small error. dy/dx is P(-a) - a p(a)
for x <= 0, and 1 minus that for x > 0. Beyond 40 standard deviations P(-a) and p(a) are 0 in every dtype. a is
clamped there, so that infinity is never multiplied by 0.

Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016 (arXiv:1606.08415). Convention: the exact form, the
default of PyTorch, Keras and ONNX. The default of JAX and tinygrad is ``gelu_tanh``.
"""

from __future__ import annotations

import math

from fastnn.mathematics import exp, normal_cdf
from fastnn.parts import Activation, hookimpl

DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


def value(x: float) -> float:
    a = min(abs(x), 40.0)
    return max(x, 0.0) - a * normal_cdf(-a)


def derivative(x: float, y: float) -> float:
    a = min(abs(x), 40.0)
    below = normal_cdf(-a) - a * DENSITY * exp(-0.5 * a * a)
    return 1.0 - below if x > 0.0 else below


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("gelu", value, derivative=derivative)]
