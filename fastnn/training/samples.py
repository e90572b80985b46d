"""The samples of a training: the rows to train on, and the rows to validate on."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.checks import matrix, require_finite
from fastnn.data.share import Last
from fastnn.data.split import split
from fastnn.errors import DataError, UsageError
from fastnn.network.network import Network
from fastnn.network.targets import prepare
from fastnn.plan import Dropout, Plan
from fastnn.training.arguments import LIMITS


class Samples:
    """The samples to train and to validate on: rows of the same arrays, or of separate ones.

    Arrays that fit are not copied, with one exception: see _renumber().
    """

    def __init__(self, net: Network, X: Any, y: Any, plan: Plan, validation: Any, seed: int):
        assert plan.loss is not None
        self.X = matrix(X, plan.dtype, plan.inputs, "X")
        require_finite(self.X, "X")
        self.y = prepare(y, plan.loss, plan, len(self.X))
        if not len(self.X):
            raise DataError("There are no samples to train on.")
        rows = np.arange(len(self.X))
        self.train_rows, self.validation = rows, (self.X, self.y, rows[:0])
        if isinstance(validation, (tuple, list)):
            if len(validation) != 2:
                raise UsageError('validation: give a fraction, a pair (Xv, yv), "last:FRACTION" or None.')
            Xv = matrix(validation[0], plan.dtype, plan.inputs, "validation X")
            require_finite(Xv, "validation X")
            yv = prepare(validation[1], plan.loss, plan, len(Xv), "validation y")
            if not len(Xv):
                raise DataError("validation X holds no samples; give validation=None to train without.")
            self.validation = (Xv, yv, np.arange(len(Xv)))
        elif validation is not None:
            fraction = LIMITS["validation"](validation, "validation")
            self.train_rows, validation_rows = split(len(rows), fraction, seed)
            self.validation = (self.X, self.y, validation_rows)
            if not isinstance(fraction, Last) and any(isinstance(stage, Dropout) for stage in plan.stages):
                self._renumber()
        self.validation_targets = self.validation[1][self.validation[2]]

    def _renumber(self) -> None:
        """Copy the training rows, so that they are numbered without gaps.

        Dropout draws the units of a sample from its row number. A file is split before its rows become arrays, so its
        training rows have no gaps either, and both ways give the same network.
        """
        self.X, self.y = self.X[self.train_rows], self.y[self.train_rows]
        self.train_rows = np.arange(len(self.X))

    @property
    def validates(self) -> bool:
        """Return whether there are samples to validate on."""
        return len(self.validation[2]) > 0
