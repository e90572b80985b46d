"""Nesterov's accelerated gradient: b <- momentum b + g, p <- p - lr (g + momentum b).

p is the look-ahead point. Nesterov's form is v <- momentum v - lr g, theta <- theta + v, with g taken at
p = theta + momentum v. For a constant learning rate both give the same sequence of p (with v = -lr b).

Source: Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)", 1983. This form:
Sutskever, Martens, Dahl, Hinton, ICML 2013, and Bengio, Boulanger-Lewandowski, Pascanu, 2013 (arXiv:1212.0901).
Convention: PyTorch's SGD(nesterov=True). momentum is 0.9 by default (PyTorch: 0).
"""

from __future__ import annotations

from fastnn.parts import Optimizer, Parameter, hookimpl


def update(p: float, g: float, b: float, lr: float, momentum: float) -> tuple[float, float]:
    b = momentum * b + g
    return p - lr * (g + momentum * b), b


@hookimpl
def fastnn_optimizers() -> list[Optimizer]:
    hyper = {"lr": Parameter(1e-3, at_least=0.0), "momentum": Parameter(0.9, above=0.0)}
    return [Optimizer("nesterov", update, state={"b": 0.0}, hyper=hyper)]
