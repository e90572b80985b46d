"""Huber loss: quadratic for small errors, linear for large ones. With e = prediction - target:

    l = e^2 / 2 for |e| <= delta, else delta (|e| - delta / 2)
    dl/dprediction = c = e clamped to -delta ... delta

Form without a branch: l = c (e - c / 2).

delta is in the units of the target. For a table that is the unit of its column; fastnn.train takes targets as they are.

Source: Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.
Convention: PyTorch's HuberLoss. Its SmoothL1Loss is this loss divided by delta.
"""

from __future__ import annotations

from fastnn.parts import Loss, Parameter, hookimpl


def value(prediction: float, target: float, delta: float) -> float:
    e = prediction - target
    c = delta if e > delta else (-delta if e < -delta else e)
    return c * (e - 0.5 * c)


def gradient(prediction: float, target: float, delta: float) -> float:
    e = prediction - target
    return delta if e > delta else (-delta if e < -delta else e)


@hookimpl
def fastnn_losses() -> list[Loss]:
    delta = Parameter(1.0, above=0.0, unit="target")
    return [Loss("huber", value, gradient=gradient, parameters={"delta": delta})]
