"""Rectifier: y = max(0, x); dy/dx = 1 for x > 0, 0 for x < 0.

The derivative at 0 does not exist. ``at_zero`` is used instead: any number from 0 to 1, by default 0 as in PyTorch,
TensorFlow and JAX.

Source: Nair, Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
"""

from __future__ import annotations

from fastnn.parts import Activation, Parameter, hookimpl


def value(x: float, at_zero: float) -> float:
    return 0.0 if x < 0.0 else x  # keeps NaN, unlike max(0, x)


def derivative(x: float, y: float, at_zero: float) -> float:
    return 1.0 if x > 0.0 else (0.0 if x < 0.0 else at_zero)


@hookimpl
def fastnn_activations() -> list[Activation]:
    at_zero = Parameter(0.0, at_least=0.0, at_most=1.0)
    return [Activation("relu", value, derivative=derivative, parameters={"at_zero": at_zero})]
