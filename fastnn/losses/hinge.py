"""Hinge loss for targets t of -1 and 1: l = max(0, 1 - t z) with z = prediction.

dl/dz = -t for t z < 1, else 0.

Source: Cortes, Vapnik, "Support-vector networks", Machine Learning 20, 1995. Convention: as in Keras and Optax.
PyTorch does not have this loss (its HingeEmbeddingLoss is a different one).
"""

from __future__ import annotations

from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    margin = 1.0 - target * prediction
    return 0.0 if margin < 0.0 else margin


def gradient(prediction: float, target: float) -> float:
    return -target if target * prediction < 1.0 else 0.0


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("hinge", value, gradient=gradient, target="sign")]
