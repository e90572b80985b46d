"""Exponential linear unit: y = x for x > 0, else alpha (exp(x) - 1).

dy/dx = 1 for x > 0, else y + alpha. Numerical form: expm1, which is accurate near 0.

Source: Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by exponential linear
units", ICLR 2016 (arXiv:1511.07289), eqs. 15 and 16. Convention: alpha = 1, as in all common libraries.
"""

from __future__ import annotations

from fastnn.mathematics import expm1
from fastnn.parts import Activation, hookimpl


def value(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * expm1(x)


def derivative(x: float, y: float, alpha: float) -> float:
    return 1.0 if x > 0.0 else y + alpha


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("elu", value, derivative=derivative, parameters={"alpha": 1.0})]
