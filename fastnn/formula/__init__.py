"""From a part's function to code that every device can compile: the only way there is.

A formula is an undecorated Python function of numbers. Here it is found in its source, specialised (choices
and captured constants put in, branches pruned), and rewritten so that every number has the data's dtype. The
result is a :class:`Formula`: source that needs only :mod:`fastnn.mathematics`, and a key of its content.
"""

from __future__ import annotations

from fastnn.formula.compose import Formula
from fastnn.formula.units import (
    activation_unit,
    activation_value,
    loss_unit,
    loss_value,
    optimizer_unit,
    scalars_unit,
)  # fmt: skip

__all__ = [
    "Formula", "activation_unit", "activation_value", "loss_unit", "loss_value",
    "optimizer_unit", "scalars_unit",
]  # fmt: skip
