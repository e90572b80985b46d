"""Squared error: l = e^2 with e = prediction - target; dl/dprediction = 2 e. Its mean is the mean squared error.

Convention: as in PyTorch and Keras, without the factor 1/2 of scikit-learn and of Optax's l2_loss.

Source: Gauss, "Theoria combinationis observationum erroribus minimis obnoxiae", 1821.
"""

from __future__ import annotations

from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    e = prediction - target
    return e * e


def gradient(prediction: float, target: float) -> float:
    return 2.0 * (prediction - target)


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("mse", value, gradient=gradient)]
