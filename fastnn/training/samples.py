"""The samples of a training: the rows to train on, and the rows to validate on."""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np

from fastnn.data.share import Last
from fastnn.data.split import split
from fastnn.errors import DataError, UsageError
from fastnn.plan import Dropout, Plan
from fastnn.training.arguments import LIMITS
from fastnn.training.arrays import Arrays
from fastnn.training.rows import checked_rows


class Samples:
    """The samples to train and to validate on: rows of the same arrays, or of separate ones.

    Arrays that fit are not copied, with one exception: see numbered().
    rows: (training rows, validation rows), in place of ``validation``. arrays: the data of earlier trainings.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        plan: Plan,
        validation: Any,
        seed: int,
        rows: Any = None,
        arrays: Arrays | None = None,
    ):
        arrays = Arrays() if arrays is None else arrays
        self.X = arrays.inputs(X, plan, "X")
        self.y = arrays.targets(y, plan, len(self.X), "y")
        if not len(self.X):
            raise DataError("There are no samples to train on.")
        everything = np.arange(len(self.X))
        self.train_rows, self.validation = everything, (self.X, self.y, everything[:0])
        has_gaps = False
        if rows is not None:
            self.train_rows, validation_rows = checked_rows(rows, len(self.X))
            self.validation = (self.X, self.y, validation_rows)
            has_gaps = True
        elif isinstance(validation, (tuple, list)):
            self.validation = _pair(validation, plan, arrays)
        elif validation is not None:
            fraction = LIMITS["validation"](validation, "validation")
            self.train_rows, validation_rows = split(len(everything), fraction, seed)
            self.validation = (self.X, self.y, validation_rows)
            has_gaps = not isinstance(fraction, Last)
        self._has_dropped_gaps = has_gaps and any(isinstance(stage, Dropout) for stage in plan.stages)

    def numbered(self) -> Samples:
        """If the network uses dropout, return a copy of the training rows, numbered without gaps; otherwise self.

        Dropout draws the units of a sample from its row number. A file is split before its rows become arrays, so its
        training rows have no gaps either, and both ways give the same network.
        """
        if not self._has_dropped_gaps:
            return self
        found = copy.copy(self)
        found.X, found.y = self.X[self.train_rows], self.y[self.train_rows]
        found.train_rows = np.arange(len(self.train_rows))
        return found

    @property
    def validates(self) -> bool:
        """Return whether there are samples to validate on."""
        return len(self.validation[2]) > 0

    @functools.cached_property
    def validation_targets(self) -> np.ndarray:
        """The targets of the samples to validate on."""
        return self.validation[1][self.validation[2]]


def _pair(validation: Any, plan: Plan, arrays: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if len(validation) != 2:
        raise UsageError('validation: give a fraction, a pair (Xv, yv), "last:FRACTION" or None.')
    X = arrays.inputs(validation[0], plan, "validation X")
    y = arrays.targets(validation[1], plan, len(X), "validation y")
    if not len(X):
        raise DataError("validation X holds no samples; give validation=None to train without.")
    return X, y, np.arange(len(X))
