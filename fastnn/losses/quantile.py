"""Quantile (pinball) loss: its mean is smallest at the q-quantile of the target. With e = prediction - target:

    l = (1 - q) e for e > 0, else -q e;    dl/dprediction = 1 - q for e > 0, -q for e < 0, 0 for e = 0

For q = 0.5 this is half the absolute error.

Source: Koenker, Bassett, "Regression quantiles", Econometrica 46, 1978. Convention: scikit-learn's.
"""

from __future__ import annotations

from fastnn.parts import Loss, Parameter, hookimpl


def value(prediction: float, target: float, quantile: float) -> float:
    e = prediction - target
    return (1.0 - quantile if e > 0.0 else -quantile) * e


def gradient(prediction: float, target: float, quantile: float) -> float:
    e = prediction - target
    return 1.0 - quantile if e > 0.0 else (-quantile if e < 0.0 else e)  # the last case is 0 or NaN


@hookimpl
def fastnn_losses() -> list[Loss]:
    quantile = Parameter(0.5, above=0.0, below=1.0)
    return [Loss("quantile", value, gradient=gradient, parameters={"quantile": quantile})]
