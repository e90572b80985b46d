"""Adam: the running mean of the gradient divided by the root of its running mean square, both bias-corrected.

    m <- beta1 m + (1 - beta1) g,    v <- beta2 v + (1 - beta2) g^2
    p <- p - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

With ``amsgrad``, the largest v so far replaces v. Scalars that depend only on t are computed once per step, in
float64.

Source: Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015 (arXiv:1412.6980), algorithm 1;
Reddi, Kale, Kumar, "On the convergence of Adam and beyond", ICLR 2018. Convention: PyTorch's. In Keras,
scikit-learn and ONNX, eps is divided by sqrt(1 - beta2^t) ("epsilon hat"). The maximum for amsgrad is taken before
bias correction, as in PyTorch's code and in Keras.
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(
    p: float, g: float, m: float, v: float, v_max: float,
    lr: float, beta1: float, beta2: float, eps: float, amsgrad: bool,
    step_size: float, bias_correction: float, one_minus_beta1: float, one_minus_beta2: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    # lr is not used here, because step_size contains it; a rule takes all hyperparameters
    m = beta1 * m + one_minus_beta1 * g
    v = beta2 * v + one_minus_beta2 * (g * g)
    if amsgrad:
        v_max = v if v > v_max else v_max
        denominator = bias_correction * sqrt(v_max) + eps
    else:
        denominator = bias_correction * sqrt(v) + eps
    return p - step_size * m / denominator, m, v, v_max


def scalars(t: int, lr: float, beta1: float, beta2: float) -> tuple[float, float, float, float]:
    """Return (bias-corrected lr, bias correction of sqrt(v), 1 - beta1, 1 - beta2) for step t."""
    return lr / (1.0 - beta1**t), 1.0 / sqrt(1.0 - beta2**t), 1.0 - beta1, 1.0 - beta2


def moments(lr: float) -> dict[str, Parameter]:
    """Return the hyperparameters of Adam and its variants. lr: default learning rate."""
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
