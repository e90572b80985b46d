"""The inputs of one row, or of a small array, without a Table: where nothing has to be said about it.

The usual way takes 100 us for a dictionary and 1 ms for a frame. This one knows only exact names and types, numbers
within the range of the training rows, and categories as they are written there. It returns None for everything else:
then the usual way finds out whether it is an error, a note, or another spelling. What both take gets the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fastnn.data.missing import MISSING_0_1, USUAL
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.python.single_row import NUMBERS, single_row
from fastnn.data.seen import bounds
from fastnn.data.text.records import BLANKS
from fastnn.network.network import Network

SINGLE = NUMBERS | {str, bool, type(None)}  # types of the values in columns that the model does not use
MAX_NUMBERS = 1 << 16  # of an array: the usual way takes less memory for a larger one


def few_rows(networks: Sequence[Network], fitted: Preprocessing) -> Callable[[Any], np.ndarray | None]:
    """Return outputs(given), which returns None for what only the usual way can judge.

    That is everything, for several networks and for encoded or clipped numbers.
    """
    if len(networks) > 1 or fitted.clip is not None or fitted.bins or fitted.own:
        return lambda given: None
    return FewRows(networks[0], fitted).outputs


class FewRows:
    """The transformation of Preprocessing.inputs, for rows without any doubt, and the network that it is for."""

    def __init__(self, network: Network, fitted: Preprocessing):
        self._network = network
        fixed, empty = set(fitted.constant), [name for name, labels in fitted.texts if not labels]
        self._dtype, self._width, self._count = np.dtype(network.dtype), fitted.width, len(fitted.kinds)
        self._mean, self._scale = np.array(fitted.mean), np.array(fitted.scale)
        self._numbers = {name: i for i, name in enumerate(fitted.numbers)}
        self._fixed = [i for name, i in self._numbers.items() if name in fixed]
        self._values = self._mean[self._fixed]
        largest = np.finfo(self._dtype).max
        self._low, self._high = np.full(len(self._mean), -largest), np.full(len(self._mean), largest)
        known = [i for i, low in enumerate(fitted.low) if low is not None and fitted.numbers[i] not in fixed]
        low, high = bounds(fitted, known)
        self._low[known], self._high[known] = np.maximum(low, -largest), np.minimum(high, largest)
        self._places: dict[str, dict[str, int]] = {}  # of each column of texts: label -> input
        at = len(self._numbers)
        for name, labels in fitted.texts:
            self._places[name] = {label: at + i for i, label in enumerate(labels)}
            at += len(labels)
        empty += [fitted.numbers[i] for i in self._fixed if fitted.low[i] is None]
        self._usable = not empty and fitted.na_values in (USUAL, MISSING_0_1)

    def outputs(self, given: Any) -> np.ndarray | None:
        """Return the outputs for every row, or None if there is any doubt."""
        X = self.inputs(given)
        if X is None:
            return None
        outputs = self._network.forward(X)
        return outputs if np.isfinite(outputs).all() else None

    def inputs(self, given: Any) -> np.ndarray | None:
        """Return the inputs (rows, width), or None if there is any doubt."""
        if not self._usable:
            return None
        if type(given) is np.ndarray:
            return self._of_array(given)
        row = given if type(given) is dict else single_row(given, self._numbers, self._places)
        return None if row is None else self._of_row(row)

    def _of_array(self, given: np.ndarray) -> np.ndarray | None:
        plain = given.dtype.kind in "fiu" and given.itemsize <= 8 and given.size <= MAX_NUMBERS
        if not plain or self._places or given.ndim != 2 or given.shape[1] != len(self._numbers):
            return None
        out = np.empty(given.shape, self._dtype)
        return out if self._scaled(given.astype(np.float64), out) else None

    def _of_row(self, given: Mapping[Any, Any]) -> np.ndarray | None:
        row, ones = [0.0] * len(self._numbers), []
        numbers, texts, found = self._numbers, self._places, 0
        for name, value in given.items():
            if name in numbers:
                if type(value) not in NUMBERS:
                    return None
                row[numbers[name]] = value
                found += 1
            elif name in texts:
                if type(value) is not str or value not in texts[name]:
                    return None
                ones.append(texts[name][value])
            elif type(value) not in SINGLE or type(name) is not str or not name or name.strip(BLANKS) != name:
                return None
        if found + len(ones) != self._count:
            return None
        try:
            values = np.array([row], np.float64)
        except OverflowError:
            return None
        out = np.zeros((1, self._width), self._dtype)
        if ones:
            out[0, ones] = 1
        return out if self._scaled(values, out[:, : len(row)]) else None

    def _scaled(self, values: np.ndarray, out: np.ndarray) -> bool:
        """Set out to (values - mean) / scale. Return whether all numbers are usual ones."""
        if self._fixed and (values[:, self._fixed] != self._values).any():
            return False
        with np.errstate(all="ignore"):
            values -= self._mean
            values /= self._scale
            out[...] = values
        return bool(((out >= self._low) & (out <= self._high)).all())  # False for NaN
