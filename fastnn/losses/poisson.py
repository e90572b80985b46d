"""Poisson loss: the negative log-likelihood of a count t with log rate z, without the constant log(t!).

    l = exp(z) - t z;    dl/dz = exp(z) - t

Numerical form: t z is 0 for t = 0, even if z = -inf. z is clamped to 1e4, where exp(z) is infinite in every dtype,
so that infinity is never subtracted from infinity.

Source: Nelder, Wedderburn, "Generalized linear models", 1972. Convention: PyTorch's PoissonNLLLoss with
log_input=True and full=False. Keras expects the rate itself.
"""

from __future__ import annotations

from fastnn.mathematics import exp
from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    z = 1e4 if prediction > 1e4 else prediction
    return exp(z) - (0.0 if target == 0.0 else target * z)


def gradient(prediction: float, target: float) -> float:
    return exp(prediction) - target


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("poisson", value, gradient=gradient, target="count")]
