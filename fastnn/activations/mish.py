"""Mish: y = x t with t = tanh(softplus(x)); dy/dx = t + x dt/dx.

Numerical form, with one exponential e = exp(-|x|) and one division: t = n / (n + 2) with n = exp(x) (exp(x) + 2).
Substitute exp(x) = e or 1 / e and simplify:

    x <= 0:  t = n / (n + 2),      n = e (e + 2),   dt/dx = 4 e (1 + e) / (n + 2)^2
    x > 0:   t = n / (n + 2 e^2),  n = 1 + 2 e,     dt/dx = 4 e^2 (1 + e) / (n + 2 e^2)^2

For |x| > 800, t is 0 or 1 in every dtype. x is clamped there, so that infinity is never multiplied by 0.

Source: Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020 (arXiv:1908.08681).
"""

from __future__ import annotations

from fastnn.mathematics import exp
from fastnn.parts import Activation, hookimpl


def value(x: float) -> float:
    z = -800.0 if x < -800.0 else x
    e = exp(-abs(z))
    n = 1.0 + 2.0 * e if z > 0.0 else e * (e + 2.0)
    q = 1.0 / (n + 2.0 * (e * e if z > 0.0 else 1.0))
    return z * (n * q)


def derivative(x: float, y: float) -> float:
    z = -800.0 if x < -800.0 else x
    e = exp(-abs(z))
    n = 1.0 + 2.0 * e if z > 0.0 else e * (e + 2.0)
    q = 1.0 / (n + 2.0 * (e * e if z > 0.0 else 1.0))
    slope = 4.0 * (e * (1.0 + e) * (e if z > 0.0 else 1.0)) * (q * q)
    return n * q + (800.0 if z > 800.0 else z) * slope


@hookimpl
def fastnn_activations() -> list[Activation]:
    return [Activation("mish", value, derivative=derivative)]
