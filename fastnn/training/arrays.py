"""The arrays of several trainings: each is converted and checked once for every form in which a network takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.checks import array, matrix, require_finite, require_resolved
from fastnn.network.targets import prepare
from fastnn.plan import Plan


class Arrays:
    """Convert arrays to the form that programs take, and remember the results for the next network."""

    def __init__(self) -> None:
        self._known: dict[tuple, tuple[Any, np.ndarray]] = {}

    def inputs(self, X: Any, plan: Plan, name: str) -> np.ndarray:
        """Return X as finite numbers in the plan's dtype. Raises DataError."""

        def convert() -> np.ndarray:
            given = array(X, name)
            found = matrix(given, plan.dtype, plan.inputs, name)
            require_finite(found, name)
            require_resolved(given, found, name)
            return found

        return self._once(X, (plan.dtype, plan.inputs), convert)

    def targets(self, y: Any, plan: Plan, samples: int, name: str) -> np.ndarray:
        """Return y as the plan's loss takes it. Raises DataError."""
        loss = plan.loss
        assert loss is not None
        form = (plan.dtype, plan.outputs, loss.part.target, samples)
        return self._once(y, form, lambda: prepare(y, loss, plan, samples, name))

    def _once(self, value: Any, form: tuple, convert: Callable[[], np.ndarray]) -> np.ndarray:
        key = (id(value), *form)
        if key not in self._known:
            self._known[key] = (value, convert())  # keeps the value alive, so that its id stays unique
        return self._known[key][1]
