"""The rectifier, y = max(0, x), dy/dx = 1 above 0 and 0 below.

At 0 it has no derivative; any number between the left one and the right one will do: ``at_zero``, 0 as in
PyTorch, TensorFlow and JAX.

Source: Nair, Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
"""

from __future__ import annotations

from fastnn.parts import Activation, Parameter, hookimpl


def value(x: float, at_zero: float) -> float:
    return 0.0 if x < 0.0 else x  # written so that NaN stays NaN; max(0, x) would lose it


def derivative(x: float, y: float, at_zero: float) -> float:
    return 1.0 if x > 0.0 else (0.0 if x < 0.0 else at_zero)


@hookimpl
def fastnn_activations() -> list[Activation]:
    at_zero = Parameter(0.0, at_least=0.0, at_most=1.0)
    return [Activation("relu", value, derivative=derivative, parameters={"at_zero": at_zero})]
