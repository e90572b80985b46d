"""Tweedie deviance with a log link: for amounts that are often exactly 0, such as the claims of an insurance policy.

The output z of the network is the logarithm of the predicted mean: mu = exp(z). With 1 < power < 2:

    l = 2 (t^(2 - power) / ((1 - power) (2 - power)) - t mu^(1 - power) / (1 - power) + mu^(2 - power) / (2 - power))
    dl/dz = 2 (mu^(2 - power) - t mu^(1 - power))

The loss is the unit deviance: 0 where mu = t, never negative; its mean is scikit-learn's mean_tweedie_deviance. Near
power 1 the distribution is that of counts (Poisson), near 2 that of positive amounts (gamma); in between it is that of
a sum of gamma amounts, whose number is a Poisson count. Targets are 0 or more.

Source: Jørgensen, "Exponential dispersion models", Journal of the Royal Statistical Society B 49, 1987; for premiums:
Jørgensen, Paes de Souza, "Fitting Tweedie's compound Poisson model to insurance claims data", Scandinavian Actuarial
Journal, 1994.
"""

from __future__ import annotations

import fastnn
from fastnn.mathematics import exp


def deviance(prediction: float, target: float, power: float) -> float:
    a, b = 1 - power, 2 - power
    z = 1e4 if prediction > 1e4 else prediction  # infinity is never subtracted from infinity
    claims = target * exp(a * z) if target > 0 else 0.0  # also where z is so small that exp(a z) is infinite
    return 2 * (target**b / (a * b) - claims / a + exp(b * z) / b)


@fastnn.hookimpl
def fastnn_losses() -> list[fastnn.Loss]:
    meaning = "near 1 the spread grows like that of counts, near 2 like that of amounts"
    power = {"power": fastnn.Parameter(1.5, above=1, below=2, meaning=meaning)}
    return [fastnn.Loss("tweedie", deviance, parameters=power, target="count")]
