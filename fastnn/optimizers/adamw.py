"""AdamW: Adam with decoupled weight decay, p <- p - lr weight_decay p, followed by Adam's step.

Source: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019 (arXiv:1711.05101), algorithm
2. Convention: as in PyTorch, the decay is multiplied by the learning rate, and weight_decay is 0.01 (Keras: 4e-3,
Optax: 1e-4). Everything else is as in ``adam``.
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.optimizers.adam import moments, scalars
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(
    p: float, g: float, m: float, v: float, v_max: float,
    lr: float, beta1: float, beta2: float, eps: float, weight_decay: float, amsgrad: bool,
    step_size: float, bias_correction: float, one_minus_beta1: float, one_minus_beta2: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    m = beta1 * m + one_minus_beta1 * g
    v = beta2 * v + one_minus_beta2 * (g * g)
    if amsgrad:
        v_max = v if v > v_max else v_max
        denominator = bias_correction * sqrt(v_max) + eps
    else:
        denominator = bias_correction * sqrt(v) + eps
    return p - (lr * weight_decay * p + step_size * m / denominator), m, v, v_max  # p is rounded once, not twice


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {**moments(lr=1e-3), "weight_decay": Parameter(1e-2, at_least=0.0), "amsgrad": False}
    state = {"m": 0.0, "v": 0.0, "v_max": 0.0}
    return [Optimizer("adamw", update, state=state, hyper=hyper, scalars=scalars)]
