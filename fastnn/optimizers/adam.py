"""Adaptive moments: the running mean of the gradient over the root of its running mean square, both bias-corrected.

    m <- beta1 m + (1 - beta1) g,    v <- beta2 v + (1 - beta2) g^2
    p <- p - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

amsgrad: the largest v so far in place of v. Whatever depends on t alone is computed once per step, in float64.

Source: Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015 (arXiv:1412.6980), algorithm 1;
Reddi, Kale, Kumar, "On the convergence of Adam and beyond", ICLR 2018. Convention: PyTorch's; in Keras,
scikit-learn and ONNX eps is divided by sqrt(1 - beta2^t) ("epsilon hat"). The largest v is that before
bias correction, as in PyTorch's code and in Keras.
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(
    p: float, g: float, m: float, v: float, v_max: float,
    lr: float, beta1: float, beta2: float, eps: float, amsgrad: bool,
    step_size: float, correction: float, one_minus_beta1: float, one_minus_beta2: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    # lr is not read: step_size contains it. A rule takes every hyperparameter, read or not.
    m = beta1 * m + one_minus_beta1 * g
    v = beta2 * v + one_minus_beta2 * (g * g)
    if amsgrad:
        v_max = v if v > v_max else v_max
        size = correction * sqrt(v_max) + eps
    else:
        size = correction * sqrt(v) + eps
    return p - step_size * m / size, m, v, v_max


def scalars(t: int, lr: float, beta1: float, beta2: float) -> tuple[float, float, float, float]:
    """At step t: lr with the bias correction of m, the bias correction of sqrt(v), 1 - beta1, 1 - beta2."""
    return lr / (1.0 - beta1**t), 1.0 / sqrt(1.0 - beta2**t), 1.0 - beta1, 1.0 - beta2


def moments(lr: float) -> dict[str, Parameter]:
    """The hyperparameters that Adam and its relatives share; ``lr``: the default of the learning rate."""
    return {
        "lr": Parameter(lr, at_least=0.0),
        "beta1": Parameter(0.9, at_least=0.0, below=1.0),
        "beta2": Parameter(0.999, at_least=0.0, below=1.0),
        "eps": Parameter(1e-8, at_least=0.0),
    }


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {**moments(lr=1e-3), "amsgrad": False}
    state = {"m": 0.0, "v": 0.0, "v_max": 0.0}
    return [Optimizer("adam", update, state=state, hyper=hyper, scalars=scalars)]
