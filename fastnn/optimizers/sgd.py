"""Stochastic gradient descent on mini-batches: p <- p - lr g.

Source: Robbins, Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22, 1951.
Convention: lr 1e-3 as in PyTorch (Keras: 0.01).
"""

from __future__ import annotations

from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, lr: float) -> tuple[float]:
    return (p - lr * g,)


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    return [Optimizer("sgd", update, state={}, hyper={"lr": Parameter(1e-3, at_least=0.0)})]
