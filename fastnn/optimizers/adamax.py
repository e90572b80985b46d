"""Adamax: Adam with the largest recent gradient in place of the root mean square.

    m <- beta1 m + (1 - beta1) g,    u <- max(beta2 u, |g| + eps),    p <- p - lr m / (1 - beta1^t) / u

Source: Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015 (arXiv:1412.6980), algorithm 2.
Convention: as in PyTorch and Optax, eps is inside the maximum, and lr is 2e-3 (Keras: m / (u + eps)).
"""

from __future__ import annotations

from fastnn.optimizers.adam import moments
from fastnn.parts import Optimizer, hookimpl


def update(
    p: float, g: float, m: float, u: float,
    lr: float, beta1: float, beta2: float, eps: float,
    step_size: float, one_minus_beta1: float,
) -> tuple[float, float, float]:  # fmt: skip
    m = beta1 * m + one_minus_beta1 * g
    old = beta2 * u
    new = abs(g) + eps
    u = old if old > new else new
    return p - step_size * m / u, m, u


def scalars(t: int, lr: float, beta1: float) -> tuple[float, float]:
    """Return (bias-corrected lr, 1 - beta1) for step t."""
    return lr / (1.0 - beta1**t), 1.0 - beta1


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    state = {"m": 0.0, "u": 0.0}
    return [Optimizer("adamax", update, state=state, hyper=moments(lr=2e-3), scalars=scalars)]
