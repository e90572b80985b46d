"""Smooth rectifier: y = log(1 + exp(x)); dy/dx = 1 / (1 + exp(-x)).

Numerical form: max(x, 0) + log1p(exp(-|x|)); see :func:`fastnn.mathematics.softplus`.

Source: Dugas, Bengio, Bélisle, Nadeau, Garcia, "Incorporating second-order functional knowledge for better
option pricing", NIPS 2000. Convention: exact for every x, with beta = 1. PyTorch returns x itself above its
threshold of 20, which differs by at most 2e-9.
"""

from __future__ import annotations

from fastnn.mathematics import sigmoid, softplus
from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    return softplus(x)


def derivative(x: float, y: float) -> float:
    return sigmoid(x)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("softplus", value, derivative=derivative)]
