"""Leaky rectifier: y = x for x > 0, else slope * x; dy/dx = 1 for x > 0, else slope.

Source: Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML workshop
2013. Convention: slope = 0.01, as in the paper, PyTorch, JAX and ONNX (Keras: 0.2). The derivative at 0 is slope.
"""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl


def value(x: float, slope: float) -> float:
    return x if x > 0.0 else slope * x


def derivative(x: float, y: float, slope: float) -> float:
    return 1.0 if x > 0.0 else slope


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("leaky_relu", value, derivative=derivative, parameters={"slope": 0.01})]
