"""Gradient descent with momentum: b <- momentum b + g, p <- p - lr b.

Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964. Convention: as in PyTorch,
b does not contain the learning rate. The form v <- momentum v - lr g, p <- p + v (Sutskever et al., ICML 2013; Keras,
scikit-learn) is equivalent, with v = -lr b, if the learning rate is constant. momentum is 0.9 by default (PyTorch: 0).
"""

from __future__ import annotations

from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, b: float, lr: float, momentum: float) -> tuple[float, float]:
    b = momentum * b + g
    return p - lr * b, b


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {"lr": Parameter(1e-3, at_least=0.0), "momentum": Parameter(0.9, at_least=0.0)}
    return [Optimizer("momentum", update, state={"b": 0.0}, hyper=hyper)]
