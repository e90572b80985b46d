"""A second version of the optimizers, in NumPy on whole arrays, from the papers and the documentation of PyTorch.

Slow and plain on purpose: every quantity has the same name as there, nothing is shared or rearranged.
Each rule takes the parameters, an iterable of gradients, and the hyperparameters by name, and yields the
parameters after every step. No default is given here: a test passes those of the part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

Gradients = Iterable[np.ndarray]
Trajectory = Iterator[np.ndarray]


def gradient_descent(p: np.ndarray, gradients: Gradients, lr: float) -> Trajectory:
    """torch.optim.SGD without options; on all samples at once it is gradient descent."""
    for g in gradients:
        p = p - lr * g
        yield p


def momentum(p: np.ndarray, gradients: Gradients, lr: float, momentum: float) -> Trajectory:
    """torch.optim.SGD(momentum=...): the first buffer is the first gradient."""
    buffer = None
    for g in gradients:
        buffer = g if buffer is None else momentum * buffer + g
        p = p - lr * buffer
        yield p


def nesterov(p: np.ndarray, gradients: Gradients, lr: float, momentum: float) -> Trajectory:
    """torch.optim.SGD(momentum=..., nesterov=True)."""
    buffer = None
    for g in gradients:
        buffer = g if buffer is None else momentum * buffer + g
        p = p - lr * (g + momentum * buffer)
        yield p


def adagrad(p: np.ndarray, gradients: Gradients, lr: float, eps: float, eps_inside: bool) -> Trajectory:
    """Duchi, Hazan, Singer 2011; torch.optim.Adagrad, or eps inside of the root as in Keras."""
    history: list[np.ndarray] = []
    for g in gradients:
        history.append(g)
        total = np.sum(np.square(history), axis=0)
        p = p - lr * g / (np.sqrt(total + eps) if eps_inside else np.sqrt(total) + eps)
        yield p


def adadelta(p: np.ndarray, gradients: Gradients, lr: float, rho: float, eps: float) -> Trajectory:
    """Zeiler 2012 (arXiv:1212.5701), algorithm 1, times lr as in torch.optim.Adadelta."""
    mean_g2, mean_dx2 = np.zeros_like(p), np.zeros_like(p)
    for g in gradients:
        mean_g2 = rho * mean_g2 + (1 - rho) * g**2
        dx = -np.sqrt(mean_dx2 + eps) / np.sqrt(mean_g2 + eps) * g
        mean_dx2 = rho * mean_dx2 + (1 - rho) * dx**2
        p = p + lr * dx
        yield p


def rmsprop(
    p: np.ndarray, gradients: Gradients, lr: float, rho: float, eps: float, centered: bool, eps_inside: bool
) -> Trajectory:
    """torch.optim.RMSprop (its alpha is rho), or eps inside of the root as in keras.optimizers.RMSprop."""
    square_avg, grad_avg = np.zeros_like(p), np.zeros_like(p)
    for g in gradients:
        square_avg = rho * square_avg + (1 - rho) * g**2
        grad_avg = rho * grad_avg + (1 - rho) * g
        variance = square_avg - grad_avg**2 if centered else square_avg
        p = p - lr * g / (np.sqrt(variance + eps) if eps_inside else np.sqrt(variance) + eps)
        yield p


def adam(
    p: np.ndarray, gradients: Gradients, lr: float, beta1: float, beta2: float, eps: float, amsgrad: bool,
    weight_decay: float = 0.0,
) -> Trajectory:  # fmt: skip
    """Kingma, Ba 2015, algorithm 1; amsgrad and decoupled weight decay as in torch.optim.AdamW."""
    m, v, largest = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        p = p * (1 - lr * weight_decay)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v)
        m_hat = m / (1 - beta1**t)
        v_hat = (largest if amsgrad else v) / (1 - beta2**t)
        p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
        yield p


def nadam(
    p: np.ndarray,
    gradients: Gradients,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    momentum_decay: float,
) -> Trajectory:
    """The algorithm in the document of torch.optim.NAdam, all products of mu from the beginning."""
    m, v = np.zeros_like(p), np.zeros_like(p)

    def mu(t: int) -> float:
        return beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))

    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        now, following = math.prod(map(mu, range(1, t + 1))), math.prod(map(mu, range(1, t + 2)))
        m_hat = mu(t + 1) * m / (1 - following) + (1 - mu(t)) * g / (1 - now)
        v_hat = v / (1 - beta2**t)
        p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
        yield p


def adamax(p: np.ndarray, gradients: Gradients, lr: float, beta1: float, beta2: float, eps: float) -> Trajectory:
    """Kingma, Ba 2015, algorithm 2, with the eps of torch.optim.Adamax."""
    m, u = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g) + eps)
        p = p - lr / (1 - beta1**t) * m / u
        yield p


def radam(p: np.ndarray, gradients: Gradients, lr: float, beta1: float, beta2: float, eps: float) -> Trajectory:
    """The algorithm in the document of torch.optim.RAdam (Liu et al. 2020)."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    rho_inf = 2 / (1 - beta2) - 1
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            adaptive = math.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)
            r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            p = p - lr * m_hat * r * adaptive
        else:
            p = p - lr * m_hat
        yield p


RULES: dict[str, Callable[..., Trajectory]] = {
    "gd": gradient_descent,
    "sgd": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
    "nadam": nadam,
    "adamax": adamax,
    "radam": radam,
}
