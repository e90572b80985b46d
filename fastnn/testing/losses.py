"""A loss of large predictions and of NaN."""

from __future__ import annotations

import itertools

import numpy as np

from fastnn.parts.part import Bound
from fastnn.testing.examples import LARGE, TARGETS, targets, typical
from fastnn.testing.finding import Failed
from fastnn.testing.kernels import run_loss
from fastnn.testing.large import SCALES, require_held, shown


def finite(bound: Bound) -> str:
    """Loss and gradient are finite in float32 wherever a float32 can hold what float64 gives."""
    pairs = np.array(list(itertools.product(LARGE, TARGETS[bound.part.target])))
    z, y = pairs.T[:, :, None].copy()
    single = run_loss(bound, z.astype(np.float32), y.astype(np.float32))
    where = [f"prediction = {p:g}, target = {t:g}" for p, t in pairs]
    for what, one, two in zip(("the loss", "the gradient"), single, run_loss(bound, z, y), strict=True):
        require_held(what, one, two, where)
    return f"loss and gradient, for predictions up to {max(LARGE):g}"


def nan(bound: Bound) -> str:
    """A prediction of NaN gives a loss of NaN, which ends a training."""
    y = np.array([[TARGETS[bound.part.target][-1]]], np.float32)
    [loss], _ = run_loss(bound, np.full_like(y, np.nan), y)
    return _require_nan(loss)


def finite_rows(bound: Bound) -> str:
    for scale in SCALES:
        z = typical(1, 4, 5) * scale
        y = targets(bound, z.shape)
        single = run_loss(bound, z.astype(np.float32), y.astype(np.float32))
        for what, one, two in zip(("the loss", "the gradient"), single, run_loss(bound, z, y), strict=True):
            require_held(what, one, two, [f"prediction = {shown(row)}" for row in z])
    return f"loss and gradient, for rows of predictions up to {max(SCALES):g}"


def nan_rows(bound: Bound) -> str:
    z = typical(1, 1, 5).astype(np.float32)
    y = targets(bound, z.shape).astype(np.float32)
    z[0, 2] = np.nan
    [loss], _ = run_loss(bound, z, y)
    return _require_nan(loss)


def _require_nan(loss: float) -> str:
    if not np.isnan(loss):
        raise Failed(
            f"a prediction of NaN has the loss {loss:g}: a training that has diverged would go on. Comparisons with "
            "NaN are false: let the last branch be the one that depends on the prediction."
        )
    return "a prediction of NaN has the loss NaN"
