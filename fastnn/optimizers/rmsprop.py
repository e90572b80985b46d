"""RMSprop: the gradient divided by the root of its running mean square.

    v <- rho v + (1 - rho) g^2,    p <- p - lr g / (sqrt(v) + eps)

With ``eps_inside``, the denominator is sqrt(v + eps), as in Keras and Optax. With ``centered``, the running variance
v - mean^2 replaces v, where mean <- rho mean + (1 - rho) g; a variance that rounding makes negative counts as 0.

Source: Hinton, "Neural networks for machine learning", lecture 6e, 2012; centered: Graves, "Generating
sequences with recurrent neural networks", 2013 (arXiv:1308.0850), eqs. 38 to 41. Convention: PyTorch's, with rho
0.99 (called ``alpha`` there) and eps 1e-8 (Keras: 0.9 and 1e-7).
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(
    p: float,
    g: float,
    v: float,
    mean: float,
    lr: float,
    rho: float,
    eps: float,
    centered: bool,
    eps_inside: bool,
) -> tuple[float, float, float]:
    v = rho * v + (1.0 - rho) * (g * g)
    if centered:
        mean = rho * mean + (1.0 - rho) * g
        variance = v - mean * mean
        variance = 0.0 if variance < 0.0 else variance
    else:
        variance = v
    if eps_inside:
        denominator = sqrt(variance + eps)
    else:
        denominator = sqrt(variance) + eps
    return p - lr * g / denominator, v, mean


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {
        "lr": Parameter(1e-2, at_least=0.0),
        "rho": Parameter(0.99, at_least=0.0, at_most=1.0),
        "eps": Parameter(1e-8, at_least=0.0),
        "centered": False,
        "eps_inside": False,
    }
    return [Optimizer("rmsprop", update, state={"v": 0.0, "mean": 0.0}, hyper=hyper)]
