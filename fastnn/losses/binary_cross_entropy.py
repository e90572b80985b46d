"""Binary cross-entropy on logits: the negative log-likelihood of a target t (0 or 1) with log-odds z.

    l = log(1 + exp(z)) - t z;    dl/dz = 1 / (1 + exp(-z)) - t

Numerical form: |z| w + log1p(exp(-|z|)), where w = 1 - t for z > 0, else t, is the weight of the wrong class. If w
is 0 the first term is 0, even if z is infinite.

Source: Cox, "The regression analysis of binary sequences", 1958. Convention: on logits, as PyTorch's
binary_cross_entropy_with_logits. Keras expects probabilities by default.
"""

from __future__ import annotations

from fastnn.mathematics import exp, log1p, sigmoid
from fastnn.parts import Loss, hookimpl


def value(prediction: float, target: float) -> float:
    a = abs(prediction)
    wrong = 1.0 - target if prediction > 0.0 else target
    return (0.0 if wrong == 0.0 else a * wrong) + log1p(exp(-a))


def gradient(prediction: float, target: float) -> float:
    return sigmoid(prediction) - target


@hookimpl
def fastnn_losses() -> list[Loss]:
    return [Loss("binary_cross_entropy", value, gradient=gradient, target="binary")]
