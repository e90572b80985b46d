"""Parametric rectifier: y = x for x > 0, else slope * x. The slope is trainable, one value per layer.

dy/dx = 1 for x > 0, else slope; dy/dslope = 0 for x > 0, else x.

Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015, section 2.1 (its "channel-shared"
form). Convention: the initial slope is 0.25, as in the paper and PyTorch.
"""

from __future__ import annotations

from fastnn.parts import Activation, hookimpl


def value(x: float, slope: float) -> float:
    return x if x > 0.0 else slope * x


def derivative(x: float, y: float, slope: float) -> tuple[float, float]:
    return (1.0 if x > 0.0 else slope), (0.0 if x > 0.0 else x)


@hookimpl
def fastnn_activations() -> list[Activation]:
    parameters = {"slope": 0.25}
    return [Activation("prelu", value, derivative=derivative, parameters=parameters, trainable=("slope",))]
