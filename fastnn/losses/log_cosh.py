"""Log-cosh loss: l = log(cosh(e)) with e = prediction - target; dl/dprediction = tanh(e).

It is close to e^2 / 2 for small errors and to |e| - log 2 for large ones. Numerical form:
|e| + log((1 + exp(-2 |e|)) / 2) = |e| + log1p(expm1(-2 |e|) / 2). Nothing overflows, and near 0 it is more accurate
than |e| + softplus(-2 |e|) - log 2, where terms as large as log 2 cancel.

Source: Green, "Bayesian reconstructions from emission tomography data using a modified EM algorithm", 1990,
eq. 10.
"""

from __future__ import annotations

from fastnn.mathematics import expm1, log1p, tanh
from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    a = abs(prediction - target)
    return a + log1p(0.5 * expm1(-2.0 * a))


def gradient(prediction: float, target: float) -> float:
    return tanh(prediction - target)


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("log_cosh", value, gradient=gradient)]
