"""The samples of a training: what is trained on and what is validated on, as rows of arrays that are held once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fastnn.checks import matrix, number, require_finite
from fastnn.errors import DataError, UsageError
from fastnn.network.network import Network
from fastnn.network.targets import prepare
from fastnn.plan import Plan

VALIDATION_STREAM = 0x5B117  # keeps the draw of the validation set apart from other uses of the seed


class Samples:
    """The samples to train and to validate on: rows of the same arrays, or separate ones; never copied."""

    def __init__(self, net: Network, X: Any, y: Any, plan: Plan, validation: Any, seed: int):
        assert plan.loss is not None
        self.X = matrix(X, plan.dtype, plan.inputs, "X")
        require_finite(self.X, "X")
        self.y = prepare(y, plan.loss, plan, len(self.X))
        rows = np.arange(len(self.X))
        self.train_rows, self.validation = rows, (self.X, self.y, rows[:0])
        if isinstance(validation, (tuple, list)):
            if len(validation) != 2:
                raise UsageError("validation: give a fraction, a pair (Xv, yv), or None.")
            Xv = matrix(validation[0], plan.dtype, plan.inputs, "validation X")
            require_finite(Xv, "validation X")
            yv = prepare(validation[1], plan.loss, plan, len(Xv), "validation y")
            if not len(Xv):
                raise DataError("validation X holds no samples; give validation=None to train without.")
            self.validation = (Xv, yv, np.arange(len(Xv)))
        elif validation is not None:
            fraction = number("validation", validation, 0, below=1)
            count = math.ceil(fraction * len(rows))
            if count >= len(rows) > 0:
                raise DataError(f"validation={fraction:g} of {len(rows)} samples leaves none to train on.")
            drawn = np.random.default_rng([seed, VALIDATION_STREAM]).permutation(len(rows))
            self.train_rows = np.sort(drawn[count:])
            self.validation = (self.X, self.y, np.sort(drawn[:count]))
        if not len(self.train_rows):
            raise DataError("There are no samples to train on.")
        self.validation_targets = self.validation[1][self.validation[2]]

    @property
    def validates(self) -> bool:
        return len(self.validation[2]) > 0
