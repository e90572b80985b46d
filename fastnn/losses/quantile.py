"""The pinball loss, whose mean is least at a quantile of the target; with e = prediction - target and q =
quantile:

    l = (1 - q) e above the target, -q e below it;    dl/dprediction = 1 - q, -q, and 0 at e = 0

At q = 0.5 it is half the absolute error.

Source: Koenker, Bassett, "Regression quantiles", Econometrica 46, 1978. Convention: scikit-learn's.
"""

from __future__ import annotations

from fastnn.parts import Loss, Parameter, hookimpl


def value(prediction: float, target: float, quantile: float) -> float:
    e = prediction - target
    return (1.0 - quantile if e > 0.0 else -quantile) * e


def gradient(prediction: float, target: float, quantile: float) -> float:
    e = prediction - target
    return 1.0 - quantile if e > 0.0 else (-quantile if e < 0.0 else e)  # the last e is 0 or NaN


@hookimpl
def fastnn_losses() -> list[Loss]:
    quantile = Parameter(0.5, above=0.0, below=1.0)
    return [Loss("quantile", value, gradient=gradient, parameters={"quantile": quantile})]
