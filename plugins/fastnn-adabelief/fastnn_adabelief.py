"""AdaBelief: Adam, with the size of the step given by how far gradients are from their running mean.

    m <- beta1 m + (1 - beta1) g,    s <- beta2 s + (1 - beta2) (g - m)^2 + eps
    p <- p - lr m / (1 - beta1^t) / (sqrt(s / (1 - beta2^t)) + eps)

Where gradients agree, the steps are long; where they contradict each other, short. What depends on t alone is computed
once per step, in float64.

Source: Zhuang, Tang, Ding and others, "AdaBelief optimizer: adapting stepsizes by the belief in observed gradients",
NeurIPS 2020 (arXiv:2010.07468), algorithm 2. Convention: eps = 1e-16, as in the authors' code.
"""

from __future__ import annotations

import math

import fastnn
from fastnn.mathematics import sqrt


def update(
    p: float, g: float, m: float, s: float,
    lr: float, beta1: float, beta2: float, eps: float,
    step_size: float, correction: float,
) -> tuple[float, float, float]:  # fmt: skip
    # lr is not used here, because step_size contains it; a rule takes all hyperparameters
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * (g - m) ** 2 + eps
    return p - step_size * m / (correction * sqrt(s) + eps), m, s


def scalars(t: int, lr: float, beta1: float, beta2: float) -> tuple[float, float]:
    """Return (bias-corrected lr, bias correction of sqrt(s)) for step t."""
    return lr / (1 - beta1**t), 1 / math.sqrt(1 - beta2**t)


@fastnn.hookimpl
def fastnn_optimizers() -> list[fastnn.Optimizer]:
    hyper = {
        "lr": fastnn.Parameter(1e-3, at_least=0, meaning="learning rate"),
        "beta1": fastnn.Parameter(0.9, at_least=0, below=1, meaning="weight of the past in the mean gradient"),
        "beta2": fastnn.Parameter(0.999, at_least=0, below=1, meaning="weight of the past in the mean distance"),
        "eps": fastnn.Parameter(1e-16, above=0, meaning="smallest distance"),
    }
    return [fastnn.Optimizer("adabelief", update, state={"m": 0.0, "s": 0.0}, hyper=hyper, scalars=scalars)]
