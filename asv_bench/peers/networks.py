"""The six networks, data and first weights for them, and their training by float64 NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEARNING_RATE, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8  # Adam's, for every peer
CHECKED_STEPS = 3
SLACK = 0.05  # float32 against float64, of the way that an array went in these steps (0.03 in the largest network)

Activation = tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]  # f and df/dz
RELU: Activation = (lambda z: np.maximum(z, 0), lambda z: z > 0)


@dataclass(frozen=True)
class Case:
    """A network (inputs, hidden widths, outputs), a batch size, and how many batches an epoch has.

    Several outputs are classes under cross entropy, one is a value under the mean squared error; hidden layers
    have ReLUs, the optimizer is Adam. jax, torch: how many times faster than they fastnn is to be.
    """

    sizes: tuple[int, ...]
    batch: int
    steps: int
    jax: float
    torch: float

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"

    @property
    def logistic(self) -> bool:
        """Whether a library that has one output for two classes has one here."""
        return self.sizes[-1] == 2

    @property
    def classes(self) -> bool:
        return self.sizes[-1] > 1


CASES = (
    Case((13, 32, 1), 32, 200, 8, 50),
    Case((30, 64, 64, 2), 32, 200, 4, 20),
    Case((64, 128, 10), 64, 100, 4, 10),
    Case((784, 128, 10), 128, 50, 1.8, 3.5),
    Case((784, 512, 256, 10), 128, 20, 1.4, 2.5),
    Case((512, 2048, 2048, 10), 256, 8, 1.05, 1.8),
)
QUICK = (0, 2, 3)


def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """An epoch's X (samples, inputs) float32; y (samples,), class numbers int64 or float32 values."""
    rng = np.random.default_rng([0, *case.sizes])
    X = rng.standard_normal((case.batch * case.steps, case.sizes[0]), dtype=np.float32)
    if case.classes:
        return X, rng.integers(0, case.sizes[-1], len(X))
    return X, rng.standard_normal(len(X), dtype=np.float32)


def initial(case: Case, logistic: bool = False) -> list[np.ndarray]:
    """W0, b0, W1, b1 ... float32, W of shape (fan_in, fan_out); no bias is 0.

    logistic: of two outputs, one for each of two classes, only the difference, as one output.
    """
    rng = np.random.default_rng([1, *case.sizes])
    parameters = []
    for fan_in, fan_out in zip(case.sizes, case.sizes[1:], strict=False):
        parameters.append(rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in))
        parameters.append(rng.standard_normal(fan_out) * 0.1)
    if logistic:
        parameters[-2:] = [p[..., 1:] - p[..., :1] for p in parameters[-2:]]
    return [p.astype(np.float32) for p in parameters]


def trained(case: Case, logistic: bool = False, activation: Activation = RELU) -> list[np.ndarray]:
    """The parameters, float64, after the first CHECKED_STEPS batches of the data in order."""
    X, y = data(case)
    parameters = [p.astype(np.float64) for p in initial(case, logistic)]
    m, v = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    for step in range(CHECKED_STEPS):
        rows = slice(step * case.batch, (step + 1) * case.batch)
        gradients = _gradients(parameters, X[rows].astype(np.float64), y[rows], logistic, activation)
        for k, g in enumerate(gradients):
            m[k] = BETA1 * m[k] + (1 - BETA1) * g
            v[k] = BETA2 * v[k] + (1 - BETA2) * g**2
            m_hat, v_hat = m[k] / (1 - BETA1 ** (step + 1)), v[k] / (1 - BETA2 ** (step + 1))
            parameters[k] = parameters[k] - LEARNING_RATE * m_hat / (np.sqrt(v_hat) + EPS)
    return parameters


def _gradients(
    parameters: list[np.ndarray], X: np.ndarray, y: np.ndarray, logistic: bool, activation: Activation
) -> list[np.ndarray]:
    """Of every parameter, by the chain rule."""
    f, derivative = activation
    weights = parameters[::2]
    inputs, Z = [X], [X[:0]]
    for W, b in zip(weights, parameters[1::2], strict=True):
        Z.append(inputs[-1] @ W + b)
        inputs.append(f(Z[-1]))
    dZ = _output_gradient(Z[-1], y, logistic)
    gradients: list[np.ndarray] = []
    for layer in reversed(range(len(weights))):
        gradients = [inputs[layer].T @ dZ, dZ.sum(axis=0), *gradients]
        if layer > 0:
            dZ = (dZ @ weights[layer].T) * derivative(Z[layer])
    return gradients


def _output_gradient(Z: np.ndarray, y: np.ndarray, logistic: bool) -> np.ndarray:
    """dL/dZ of the last layer: of cross entropy over classes or over one logit, or of the mean squared error."""
    if logistic:
        return (1 / (1 + np.exp(-Z)) - y[:, None]) / len(Z)
    if Z.shape[1] == 1:
        return 2 * (Z - y[:, None]) / len(Z)
    p = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) - np.eye(Z.shape[1])[y]) / len(Z)
