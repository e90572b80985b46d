"""The squared error, l = e^2 with e = prediction - target; dl/dprediction = 2 e. Averaged: mean squared
error.

Convention: without the factor 1/2 that scikit-learn and Optax's l2_loss have; as in PyTorch and Keras.

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
