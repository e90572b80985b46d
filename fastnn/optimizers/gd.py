"""Gradient descent on the whole data set (full batch): p <- p - lr g.

Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847.
"""

from __future__ import annotations

from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, lr: float) -> tuple[float]:
    return (p - lr * g,)


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    return [Optimizer("gd", update, state={}, hyper={"lr": Parameter(1e-3, at_least=0.0)}, batch="full")]
