"""NAdam: Adam with Nesterov momentum. Its coefficient mu grows from about beta1 / 2 to beta1 during training.

    mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2),    P_t = mu_1 mu_2 ... mu_t
    m <- beta1 m + (1 - beta1) g,    v <- beta2 v + (1 - beta2) g^2
    p <- p - lr (mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / (1 - beta2^t)) + eps)

Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016. Convention: PyTorch's, with lr 2e-3
and momentum_decay 4e-3 (Keras: 1; Optax does not have a schedule for mu).
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.optimizers.adam import moments
from fastnn.parts import Optimizer, Parameter, hookimpl

NEGLIGIBLE_PRODUCT = 1e-20  # 1 - P is 1 in float64 long before P falls below this


def update(
    p: float, g: float, m: float, v: float,
    lr: float, beta1: float, beta2: float, eps: float, momentum_decay: float,
    step_m: float, step_g: float, bias_correction: float, one_minus_beta1: float, one_minus_beta2: float,
) -> tuple[float, float, float]:  # fmt: skip
    m = beta1 * m + one_minus_beta1 * g
    v = beta2 * v + one_minus_beta2 * (g * g)
    return p - (step_m * m + step_g * g) / (bias_correction * sqrt(v) + eps), m, v


def scalars(
    t: int, lr: float, beta1: float, beta2: float, momentum_decay: float
) -> tuple[float, float, float, float, float]:
    """Return (step size along m, step size along g, bias correction of sqrt(v), 1 - beta1, 1 - beta2) for step t."""
    ratio = 0.96**momentum_decay
    mu = beta1 * (1.0 - 0.5 * ratio**t)
    mu_next = beta1 * (1.0 - 0.5 * ratio ** (t + 1))
    product = 1.0
    power = 1.0
    for _ in range(t):
        power = power * ratio
        product = product * (beta1 * (1.0 - 0.5 * power))
        if product < NEGLIGIBLE_PRODUCT:
            break
    step_m = lr * mu_next / (1.0 - product * mu_next)
    step_g = lr * (1.0 - mu) / (1.0 - product)
    return step_m, step_g, 1.0 / sqrt(1.0 - beta2**t), 1.0 - beta1, 1.0 - beta2


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {**moments(lr=2e-3), "momentum_decay": Parameter(4e-3, at_least=0.0)}
    return [Optimizer("nadam", update, state={"m": 0.0, "v": 0.0}, hyper=hyper, scalars=scalars)]
