"""Scaled exponential linear unit: y = scale * x for x > 0, else scale * alpha (exp(x) - 1).

dy/dx = scale for x > 0, else y + scale * alpha. Numerical form: expm1.

Source: Klambauer, Unterthiner, Mayr, Hochreiter, "Self-normalizing neural networks", NIPS 2017
(arXiv:1706.02515), eq. 2; the defaults are the fixed point of its eq. 14. Use it with the initializer
``lecun_normal``.
"""

from __future__ import annotations

from fastnn.mathematics import expm1
from fastnn.parts import Activation, hookimpl

ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


def value(x: float, alpha: float, scale: float) -> float:
    return scale * (x if x > 0.0 else alpha * expm1(x))


def derivative(x: float, y: float, alpha: float, scale: float) -> float:
    return scale if x > 0.0 else y + scale * alpha


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("selu", value, derivative=derivative, parameters={"alpha": ALPHA, "scale": SCALE})]
