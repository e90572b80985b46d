"""Adagrad: a step size per parameter, from the sum of its squared gradients.

    h <- h + g^2,    p <- p - lr g / (sqrt(h) + eps)

With ``eps_inside``, p <- p - lr g / sqrt(h + eps), as in Keras and Optax.

Source: Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
JMLR 12, 2011. Convention: as in PyTorch, h starts at 0 and eps is 1e-10 (Keras and Optax: 0.1 and 1e-7).
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, h: float, lr: float, eps: float, eps_inside: bool) -> tuple[float, float]:
    h = h + g * g
    if eps_inside:
        denominator = sqrt(h + eps)
    else:
        denominator = sqrt(h) + eps
    return p - lr * g / denominator, h


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {
        "lr": Parameter(1e-2, at_least=0.0),
        "eps": Parameter(1e-10, at_least=0.0),
        "eps_inside": False,
    }
    return [Optimizer("adagrad", update, state={"h": 0.0}, hyper=hyper)]
