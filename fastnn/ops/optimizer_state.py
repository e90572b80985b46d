"""An optimizer for arrays of its user."""

from __future__ import annotations

import numpy as np

from fastnn.cpu import calls
from fastnn.errors import DataError
from fastnn.ops.arguments import described, faults, refuse_masked
from fastnn.parts.kinds import Bound


class OptimizerState:
    """An optimizer with its state. The first step determines the size and the dtype of the state."""

    def __init__(self, bound: Bound):
        self.bound = bound
        self._update: calls.Update | None = None

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Update ``parameters``, a C-contiguous array of float32 or float64, in place.

        Raises DataError if the arrays do not match each other or the state.
        """
        both = type(parameters) is type(gradients) is np.ndarray
        if not both:
            both = isinstance(parameters, np.ndarray) and isinstance(gradients, np.ndarray)
            refuse_masked("step", parameters=parameters, gradients=gradients)
        if not both or parameters.shape != gradients.shape or parameters.dtype != gradients.dtype:
            raise DataError(
                f"step: parameters are {described(parameters)}, gradients {described(gradients)}; "
                "both must be NumPy arrays of the same shape and dtype."
            )
        written, read = parameters.flags, gradients.flags
        if not (written.carray and read.c_contiguous and read.aligned):
            raise DataError(
                "step: parameters and gradients must be C-contiguous and aligned, and parameters writeable. Here "
                f"parameters are {faults(written, ('c_contiguous', 'aligned', 'writeable'))}, "
                f"gradients {faults(read, ('c_contiguous', 'aligned'))}."
            )
        if self._update is None:
            if parameters.dtype not in (np.float32, np.float64):
                raise DataError(f"step takes arrays of float32 or float64, not of {parameters.dtype}.")
            self._update = calls.Update(self.bound, parameters)
        self._update.step(parameters.reshape(-1), gradients.reshape(-1))
