"""An activation of large numbers and of NaN."""

from __future__ import annotations

import numpy as np

from fastnn.parts.part import Bound
from fastnn.testing.examples import LARGE, typical
from fastnn.testing.finding import Failed
from fastnn.testing.kernels import run_activation, run_row_backward, run_rows
from fastnn.testing.large import SCALES, require_held, shown


def finite(bound: Bound) -> str:
    """Value and derivatives are finite in float32 wherever a float32 can hold what float64 gives."""
    x = np.array(LARGE)
    single = run_activation(bound, x.astype(np.float32))
    double = run_activation(bound, x)
    names = ["the value", "the derivative", *(f"the derivative by {name}" for name in bound.part.trainable)]
    for what, one, two in zip(names, _planes(single), _planes(double), strict=True):
        require_held(what, one, two, [f"x = {v:g}" for v in LARGE])
    return f"value and derivative, for |x| up to {max(LARGE):g}"


def nan(bound: Bound) -> str:
    """NaN gives NaN, so that nobody takes a training that has diverged for a good one."""
    [y] = run_activation(bound, np.array([np.nan], np.float32), derivatives=False)
    if not np.isnan(y[0]):
        raise Failed(_passes_for(f"{y[0]:g}"))
    return "NaN gives NaN"


def finite_rows(bound: Bound) -> str:
    for scale in SCALES:
        x, dy = typical(1, 4, 5) * scale, typical(2, 4, 5)
        rows = [x.astype(np.float32), x]
        results = [run_rows(bound, row) for row in rows]
        slopes = [run_row_backward(bound, r, y, dy.astype(r.dtype)) for r, y in zip(rows, results, strict=True)]
        for what, (single, double) in (("the value", results), ("the derivative", slopes)):
            require_held(what, single, double, [f"x = {shown(row)}" for row in x])
    return f"values and derivatives, for rows with |x| up to {max(SCALES):g}"


def nan_rows(bound: Bound) -> str:
    x = typical(1, 1, 5).astype(np.float32)
    x[0, 2] = np.nan
    y = run_rows(bound, x)
    if not np.isnan(y).any():
        raise Failed(_passes_for(shown(y[0])))
    return "NaN in a row gives NaN"


def _planes(results: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    value, slope, learnt = results
    return [value, slope, *learnt]


def _passes_for(what: str) -> str:
    return (
        f"NaN gives {what}: a training that has diverged would go on. Comparisons with NaN are false, so write "
        "max(x, 0.0), not max(0.0, x), and let the last branch be the one that returns x."
    )
