"""The lecture's update rules as they stand on the slide, in NumPy: what the optimizers of fastnn are compared with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

ALPHA, GAMMA, BETA1, BETA2, EPS = 0.9, 0.9, 0.9, 0.999, 1e-8


def by_the_lecture(gradient: Callable, theta: np.ndarray, name: str, eta: float, steps: int) -> np.ndarray:
    """Return the path of theta. For Nesterov's rule it consists of the points where the gradient is taken."""
    path = [theta]
    v = m = E = G = np.zeros_like(theta)
    for t in range(1, steps + 1):
        g = gradient(path[-1])
        if name == "sgd":
            theta = theta - eta * g
        elif name in ("momentum", "nesterov"):
            v = ALPHA * v - eta * g
            theta = theta + v
        elif name == "adagrad":
            G = G + g**2
            theta = theta - eta / np.sqrt(EPS + G) * g
        elif name == "rmsprop":  # the lecture's AdaDelta
            E = GAMMA * E + (1 - GAMMA) * g**2
            theta = theta - eta / np.sqrt(E + EPS) * g
        elif name == "adam":
            m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
            theta = theta - eta * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPS)
        path.append(theta + ALPHA * v if name == "nesterov" else theta)
    return np.array(path)
