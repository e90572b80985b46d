"""Piecewise linear sigmoid: y = min(max(x + 3, 0), 6) / 6; dy/dx = 1/6 for |x| < 3, else 0.

Source: Howard et al., "Searching for MobileNetV3", ICCV 2019 (arXiv:1905.02244), section 5.2. Convention: as in
PyTorch, Keras 3 and JAX. The older form 0.2 x + 0.5 (Courbariaux, Bengio, David, 2015), still the default of ONNX,
is a different function.
"""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl

SIXTH = 1.0 / 6.0


def value(x: float) -> float:
    return 0.0 if x < -3.0 else (1.0 if x > 3.0 else SIXTH * x + 0.5)


def derivative(x: float, y: float) -> float:
    return SIXTH if abs(x) < 3.0 else 0.0


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("hard_sigmoid", value, derivative=derivative)]
