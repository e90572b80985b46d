"""The scaled exponential linear unit, y = scale * (x above 0, alpha (exp(x) - 1) below).

dy/dx = scale above 0, else y + scale * alpha. Stable form: expm1.

Source: Klambauer, Unterthiner, Mayr, Hochreiter, "Self-normalizing neural networks", NIPS 2017
(arXiv:1706.02515), eq. 2; the defaults are the fixed point of its eq. 14. It is meant for weights drawn by
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
