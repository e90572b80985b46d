"""Random matrix with orthonormal rows or columns, whichever are fewer, times gain.

It is the factor Q of the QR decomposition of a normal matrix, with signs such that the diagonal of R is positive.
This makes it uniformly distributed (Mezzadri, Notices of the AMS 54, 2007).

Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
neural networks", ICLR 2014 (arXiv:1312.6120). Convention: PyTorch's orthogonal_.
"""

from __future__ import annotations

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts import Initializer, Parameter, hookimpl


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, gain: float) -> np.ndarray:
    if len(shape) != 2:
        raise UsageError(f"initializer orthogonal: shape {shape} is not allowed: it must have two axes (weights only).")
    tall = rng.normal(size=(max(shape), min(shape)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diagonal(r) < 0.0, -gain, gain)
    return np.ascontiguousarray(q if shape[0] >= shape[1] else q.T)


@hookimpl
def fastnn_initializers() -> list[Initializer]:
    return [Initializer("orthogonal", draw, parameters={"gain": Parameter(1.0, at_least=0.0)})]
