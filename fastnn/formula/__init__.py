"""Turn the function of a part into source that every device can compile.

A formula is an undecorated Python function of numbers. Its syntax tree is read from its source file, specialised
(compile-time parameters and captured constants are substituted, dead branches are removed), and rewritten so that every
real number has the dtype of the data. The result is a :class:`Formula`: source that depends only on
:mod:`fastnn.mathematics`, and a hash of its content.
"""

from __future__ import annotations

from fastnn.formula.compose import Formula
from fastnn.formula.readable import readable
from fastnn.formula.units import (
    activation_unit,
    activation_value,
    loss_unit,
    loss_value,
    optimizer_unit,
    scalars_unit,
)  # fmt: skip
from fastnn.formula.verify import compare, verify

__all__ = [
    "Formula", "activation_unit", "activation_value", "compare", "loss_unit", "loss_value",
    "optimizer_unit", "readable", "scalars_unit", "verify",
]  # fmt: skip
