"""What a second process does during the first training of all: see :mod:`fastnn.cpu.beside`."""

from __future__ import annotations

import numpy as np

from fastnn.activations import identity
from fastnn.cpu.program import CpuProgram
from fastnn.plan import network_plan


def fill(dtype: str) -> None:
    """Compile what the evaluation of every network of this dtype needs, which keeps it in the cache."""
    [activation] = identity.fastnn_activations()
    plan = network_plan((1, 1), [activation()], dtype)
    with CpuProgram(plan, plan.buffer(), threads=1) as program:
        program.evaluate(np.zeros((0, 1), dtype))
