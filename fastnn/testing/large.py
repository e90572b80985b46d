"""Judge float32 results for large inputs by those in float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnn.testing.examples import LARGEST
from fastnn.testing.finding import Failed

SCALES = (1.0, 100.0, 1e4, 1e10)


def require_held(what: str, single: np.ndarray, double: np.ndarray, where: Sequence[str]) -> None:
    """Raise Failed at the first number that is NaN, or infinite though a float32 could hold it.

    where: the inputs in words, of single numbers or of rows of numbers.
    """
    for i, (one, two) in enumerate(zip(single.ravel().tolist(), double.ravel().tolist(), strict=True)):
        wrong = np.isnan(one) or np.isnan(two) or (abs(two) <= LARGEST and np.isinf(one))
        if wrong:
            also = f", in float64 {two:g}" if one != two and not (np.isnan(one) and np.isnan(two)) else ""
            raise Failed(f"at {where[i * len(where) // single.size]} {what} is {one:g} in float32{also}")


def shown(row: Any) -> str:
    """Return a row of numbers as text."""
    return f"[{', '.join(f'{v:g}' for v in row)}]"
