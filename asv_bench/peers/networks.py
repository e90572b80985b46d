"""The six networks, their data and initial weights, and their training in float64 NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEARNING_RATE, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8  # of Adam, for all peers
CHECKED_STEPS = 3
TOLERANCE = 0.05  # error of float32, as a share of the change of an array in these steps (largest network: 0.03)

Activation = tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]  # f and df/dz
RELU: Activation = (lambda z: np.maximum(z, 0), lambda z: z > 0)


@dataclass(frozen=True)
class Case:
    """A network (inputs, hidden widths, outputs), a batch size, and the number of batches per epoch.

    Several outputs are classes with the cross-entropy loss, one output is a value with the mean squared error. Hidden
    layers use ReLU, the optimizer is Adam. jax, torch: target ratios of their times to fastnn's.
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
        """Whether a library that uses one output for two classes uses one for this network."""
        return self.sizes[-1] == 2

    @property
    def classes(self) -> bool:
        return self.sizes[-1] > 1


CASES = (
    Case((13, 32, 1), 32, 200, 4, 50),
    Case((30, 64, 64, 2), 32, 200, 2.5, 20),
    Case((64, 128, 10), 64, 100, 2.5, 10),
    Case((784, 128, 10), 128, 50, 2, 3),
    Case((784, 512, 256, 10), 128, 20, 1.5, 2),
    Case((512, 2048, 2048, 10), 256, 8, 1.1, 1.4),
)
QUICK = (0, 2, 3)


def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return the data of an epoch: X (samples, inputs) float32; y (samples,), int64 class numbers or float32 values."""
    rng = np.random.default_rng([0, *case.sizes])
    X = rng.standard_normal((case.batch * case.steps, case.sizes[0]), dtype=np.float32)
    if case.classes:
        return X, rng.integers(0, case.sizes[-1], len(X))
    return X, rng.standard_normal(len(X), dtype=np.float32)


def initial(case: Case, logistic: bool = False) -> list[np.ndarray]:
    """Return W0, b0, W1, b1 ... in float32, with W of shape (fan_in, fan_out). No bias is 0.

    logistic: replace the two outputs for two classes by their difference, one output.
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
    """Return the parameters in float64 after training on the first CHECKED_STEPS batches in order."""
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
    """Return the gradients of all parameters, by the chain rule."""
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
    """Return dL/dZ of the last layer, for cross-entropy with classes or with one logit, or the mean squared error."""
    if logistic:
        return (1 / (1 + np.exp(-Z)) - y[:, None]) / len(Z)
    if Z.shape[1] == 1:
        return 2 * (Z - y[:, None]) / len(Z)
    p = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) - np.eye(Z.shape[1])[y]) / len(Z)
