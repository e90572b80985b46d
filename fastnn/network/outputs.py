"""From inputs to the outputs of a network: a few rows in one call that is prepared once, many rows by a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from fastnn.checks import matrix
from fastnn.device import forward_pass, program
from fastnn.plan import Plan


class Outputs:
    """The outputs of a network. It keeps what it has prepared for a plan, but not when it is copied or pickled."""

    def __init__(self) -> None:
        self._prepared: tuple[Plan, Callable[[Any, np.ndarray], np.ndarray | None]] | None = None

    def __call__(self, plan: Plan, parameters: np.ndarray, X: Any, device: str) -> np.ndarray:
        """Return the outputs (rows, outputs). Raises DataError if X has another shape, or does not hold numbers."""
        if self._prepared is None:  # an error must not wait for the compiler
            X = matrix(X, plan.dtype, plan.inputs, "X")
        forward = self._forward(plan) if isinstance(device, str) and device == "cpu" else _nothing
        outputs = forward(X, parameters)
        if outputs is None:
            X = matrix(X, plan.dtype, plan.inputs, "X")
            outputs = forward(X, parameters)
        if outputs is None:
            with program(replace(plan, loss=None, optimizer=None), parameters, device) as prepared:
                return prepared.evaluate(X)[0]
        return outputs

    def _forward(self, plan: Plan) -> Callable[[Any, np.ndarray], np.ndarray | None]:
        """Return the forward pass of the plan, which is prepared only once."""
        prepared = self._prepared  # read once: another thread may be replacing it
        if prepared is None or prepared[0] is not plan:
            prepared = self._prepared = plan, forward_pass(plan)
        return prepared[1]

    def __reduce__(self) -> tuple[type[Outputs], tuple[()]]:
        return Outputs, ()


def _nothing(X: Any, parameters: np.ndarray) -> None:
    """Stand for the forward pass on a device that has none for a few rows."""
