"""No activation: y = x, dy/dx = 1. Used for the output of a regression, and before losses that expect logits."""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    return x


def derivative(x: float, y: float) -> float:
    return 1.0


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("identity", value, derivative=derivative, aliases=("linear",))]
