"""Adadelta: steps in the unit of the parameter, without a learning rate that has to be tuned.

    v <- rho v + (1 - rho) g^2
    d = sqrt(s + eps) / sqrt(v + eps) g
    s <- rho s + (1 - rho) d^2
    p <- p - lr d

Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012 (arXiv:1212.5701), algorithm 1, which has lr = 1.
Convention: rho 0.9 and eps 1e-6 as in PyTorch (paper: 0.95 and 1e-6; Keras: lr 1e-3). A variant that some lectures
call "AdaDelta", with a learning rate and without s, is ``rmsprop:eps_inside=true``.
"""

from __future__ import annotations

from fastnn.mathematics import sqrt
from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, v: float, s: float, lr: float, rho: float, eps: float) -> tuple[float, float, float]:
    v = rho * v + (1.0 - rho) * (g * g)
    d = sqrt((s + eps) / (v + eps)) * g
    s = rho * s + (1.0 - rho) * (d * d)
    return p - lr * d, v, s


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {
        "lr": Parameter(1.0, at_least=0.0),
        "rho": Parameter(0.9, at_least=0.0, at_most=1.0),
        "eps": Parameter(1e-6, at_least=0.0),
    }
    return [Optimizer("adadelta", update, state={"v": 0.0, "s": 0.0}, hyper=hyper)]
