"""The gradient divided by the root of its running mean square: v <- rho v + (1 - rho) g^2, p <- p - lr g /
size.

size = sqrt(v) + eps; with ``eps_inside`` sqrt(v + eps), which is the lecture's "AdaDelta" and the form of
Keras and Optax; with ``centered`` v - mean^2, the running variance, in place of v, where mean <- rho mean +
(1 - rho) g.

Source: Hinton, "Neural networks for machine learning", lecture 6e, 2012; centered: Graves, "Generating
sequences with recurrent neural networks", 2013 (arXiv:1308.0850), eqs. 38 to 41. Convention: PyTorch's, rho
0.99 (its ``alpha``) and eps 1e-8 (Keras: 0.9 and 1e-7). A variance that rounding makes negative is taken as
0.
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
        spread = v - mean * mean
        spread = 0.0 if spread < 0.0 else spread
    else:
        spread = v
    if eps_inside:
        size = sqrt(spread + eps)
    else:
        size = sqrt(spread) + eps
    return p - lr * g / size, v, mean


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
