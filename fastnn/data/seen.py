"""Values far beyond those of the training rows, where a network's outputs mean little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.encoding import smooth_clip
from fastnn.data.remarks import first, more, shown
from fastnn.data.table import Table
from fastnn.data.wording import quoted

if TYPE_CHECKING:
    from fastnn.data.preprocessing import Preprocessing

FAR = 8.0  # standard deviations beyond the range of the training rows


def bounds(fitted: Preprocessing, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest inputs, of the numbers at these places, that are not far from training."""
    mean, scale = np.array(fitted.mean)[places], np.array(fitted.scale)[places]
    with np.errstate(over="ignore"):  # numbers near the end of float64
        low = (np.array([fitted.low[i] for i in places], np.float64) - mean) / scale - FAR
        high = (np.array([fitted.high[i] for i in places], np.float64) - mean) / scale + FAR
    return low, high


def far_from_training(fitted: Preprocessing, table: Table, X: np.ndarray, rows: np.ndarray | None = None) -> list[str]:
    """Return a note on values that lie far beyond the range of the training rows, with the first row of each column.

    X: the inputs of these rows under the preprocessing.
    """
    fixed = set(fitted.constant)
    known = [i for i, low in enumerate(fitted.low) if low is not None and fitted.numbers[i] not in fixed]
    if not known or not len(X):
        return []
    low, high = bounds(fitted, known)
    if fitted.clip is not None:
        low, high = smooth_clip(low, fitted.clip), smooth_clip(high, fitted.clip)
    numbers = X[:, : len(fitted.numbers)]
    far = np.flatnonzero((numbers.min(axis=0)[known] < low) | (numbers.max(axis=0)[known] > high))
    if not len(far):
        return []
    found = []
    for place in first(far):
        i = known[place]
        name = fitted.numbers[i]
        at = int(np.argmax((X[:, i] < low[place]) | (X[:, i] > high[place])))
        row = at if rows is None else int(rows[at])
        value = float(table.numbers(name)[row])
        below, above = fitted.low[i], fitted.high[i]
        assert below is not None and above is not None
        found.append(
            f"column {quoted(name)} is {shown(value)} in {table.locate(row)} ({shown(below)} to {shown(above)})"
        )
    return [
        f"{table.source}: values far beyond those of the training rows (in brackets), for which predictions mean "
        f"little: {'; '.join(found)}{more(len(far))}"
    ]
