"""Snake: y = x + sin(a x)^2 / a, an activation that learns periodic functions, and goes on with them outside the data.

    dy/dx = 1 + sin(2 a x),    dy/da = x sin(2 a x) / a - sin(a x)^2 / a^2

``a`` is trained: one number per layer. Both derivatives are derived from the formula.

Source: Ziyin, Hartwig, Ueda, "Neural networks fail to learn periodic functions and how to fix it", NeurIPS 2020
(arXiv:2006.08195), equation 3. Convention: a begins at 0.5, as the authors advise for data without a known period.
"""

from __future__ import annotations

import fastnn
from fastnn.mathematics import sin


def snake(x: float, a: float) -> float:
    return x + sin(a * x) ** 2 / a


@fastnn.hookimpl
def fastnn_activations() -> list[fastnn.Activation]:
    a = fastnn.Parameter(0.5, above=0, meaning="frequency at the start of training")
    return [fastnn.Activation("snake", snake, parameters={"a": a}, trainable=("a",))]
