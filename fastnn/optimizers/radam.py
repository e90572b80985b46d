"""RAdam (rectified Adam): plain momentum while the adaptive step size is too uncertain, then r times Adam's step.

    rho_inf = 2 / (1 - beta2) - 1,    rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
    rho > 5:  r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))
              p <- p - lr r m / (1 - beta1^t) sqrt(1 - beta2^t) / (sqrt(v) + eps)
    else:     p <- p - lr m / (1 - beta1^t)

Source: Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020 (arXiv:1908.03265),
algorithm 2, which has rho > 4. Convention: PyTorch's, with rho > 5 and eps added to sqrt(v) (Optax:
sqrt(v / (1 - beta2^t)) + eps).
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.optimizers.adam import moments
from fastnn.parts import Optimizer, hookimpl


def update(
    p: float, g: float, m: float, v: float,
    lr: float, beta1: float, beta2: float, eps: float,
    step_size: float, rectified: float, one_minus_beta1: float, one_minus_beta2: float,
) -> tuple[float, float, float]:  # fmt: skip
    m = beta1 * m + one_minus_beta1 * g
    v = beta2 * v + one_minus_beta2 * (g * g)
    denominator = sqrt(v) + eps if rectified > 0.0 else 1.0
    return p - step_size * m / denominator, m, v


def scalars(t: int, lr: float, beta1: float, beta2: float) -> tuple[float, float, float, float]:
    """Return (step size, 1 if m is divided by sqrt(v) + eps else 0, 1 - beta1, 1 - beta2) for step t."""
    beta2_t = beta2**t
    rho_inf = 2.0 / (1.0 - beta2) - 1.0
    rho = rho_inf - 2.0 * t * beta2_t / (1.0 - beta2_t)
    step_size = lr / (1.0 - beta1**t)
    rectified = 0.0
    if rho > 5.0:
        r = (rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)
        step_size = step_size * sqrt(r * (1.0 - beta2_t))
        rectified = 1.0
    return step_size, rectified, 1.0 - beta1, 1.0 - beta2


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    state = {"m": 0.0, "v": 0.0}
    return [Optimizer("radam", update, state=state, hyper=moments(lr=1e-3), scalars=scalars)]
