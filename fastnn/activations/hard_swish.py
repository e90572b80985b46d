"""Piecewise quadratic swish: y = x min(max(x + 3, 0), 6) / 6.

dy/dx = 0 for x < -3, 1 for x > 3, and x / 3 + 1/2 in between.

Source: Howard et al., "Searching for MobileNetV3", ICCV 2019 (arXiv:1905.02244), section 5.2. Convention: as in
PyTorch.
"""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl

SIXTH = 1.0 / 6.0
THIRD = 1.0 / 3.0


def value(x: float) -> float:
    return 0.0 if x < -3.0 else (x if x > 3.0 else x * (SIXTH * x + 0.5))


def derivative(x: float, y: float) -> float:
    return 0.0 if x < -3.0 else (1.0 if x > 3.0 else THIRD * x + 0.5)


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("hard_swish", value, derivative=derivative)]
