"""Absolute error: l = |e| with e = prediction - target; dl/dprediction = sign(e).

Source: Laplace, "Mémoire sur la probabilité des causes par les évènements", 1774. Convention: the gradient at e = 0
is 0, as in PyTorch.
"""

from __future__ import annotations

from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    return abs(prediction - target)


def gradient(prediction: float, target: float) -> float:
    e = prediction - target
    return 1.0 if e > 0.0 else (-1.0 if e < 0.0 else e)  # the last case is 0 or NaN


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("mae", value, gradient=gradient, aliases=("l1",))]
