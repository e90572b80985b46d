"""Lion: every parameter moves by the same amount, in the direction of the sign of a running mean.

    c = beta1 m + (1 - beta1) g,    p <- p - lr (sign(c) + weight_decay p),    m <- beta2 m + (1 - beta2) g

The sign of 0 is 0. Every step has the size lr, so lr must be smaller than for Adam: a third to a tenth of it.

Source: Chen, Liang, Huang, Real and others, "Symbolic discovery of optimization algorithms", NeurIPS 2023
(arXiv:2302.06675), algorithm 2.
"""

from __future__ import annotations

import fastnn


def update(
    p: float, g: float, m: float, lr: float, beta1: float, beta2: float, weight_decay: float
) -> tuple[float, float]:
    c = beta1 * m + (1 - beta1) * g
    sign = 1.0 if c > 0 else -1.0 if c < 0 else c  # a NaN stays one, so that divergence is noticed
    return p - lr * (sign + weight_decay * p), beta2 * m + (1 - beta2) * g


@fastnn.hookimpl
def fastnn_optimizers() -> list[fastnn.Optimizer]:
    hyper = {
        "lr": fastnn.Parameter(1e-4, at_least=0, meaning="the size of every step"),
        "beta1": fastnn.Parameter(0.9, at_least=0, below=1, meaning="weight of the past in the step"),
        "beta2": fastnn.Parameter(0.99, at_least=0, below=1, meaning="weight of the past in the mean that is kept"),
        "weight_decay": fastnn.Parameter(0.0, at_least=0, meaning="shrinks parameters by lr times this"),
    }
    return [fastnn.Optimizer("lion", update, state={"m": 0.0}, hyper=hyper)]
