"""What an initializer draws."""

from __future__ import annotations

import numpy as np

from fastnn.errors import UsageError
from fastnn.parts.initialization import initial_values
from fastnn.parts.part import Bound
from fastnn.testing.finding import Failed, NotJudged

SHAPES = ((1, 1), (17, 33), (33, 17), (64, 64))
FAN_IN, FAN_OUT = 100, 50


def shape(bound: Bound) -> str:
    """The result has the shape that was asked for: (fan_in, fan_out) for weights, (fan_out,) for biases."""
    for wanted in SHAPES:
        _drawn(bound, wanted)
    try:
        _drawn(bound, (5,))
    except UsageError as error:
        return f"as asked for; weights only ({error})"
    return "as asked for: weights (fan_in, fan_out), biases (fan_out,)"


def numbers(bound: Bound) -> str:
    """Real numbers that are finite in float32 too."""
    for wanted in SHAPES:
        values = _drawn(bound, wanted)
        if values.dtype.kind not in "fiub":
            raise Failed(f"it returns an array of {values.dtype}: it must return real numbers")
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if not np.isfinite(single).all():
            raise Failed(f"for shape {wanted} it returns {single[~np.isfinite(single)][0]:g} in float32")
    return "finite in float32"


def seed(bound: Bound) -> str:
    """The same generator gives the same numbers: a run can be repeated."""
    first, again, other = (_drawn(bound, (17, 33), s) for s in (1, 1, 2))
    if first.tobytes() != again.tobytes():
        raise Failed("with the same seed it returns other numbers: draw all of them from rng, the first argument")
    return "the same seed gives the same numbers" + ("; every seed does" if (first == other).all() else "")


def spread(bound: Bound) -> str:
    """Report mean and variance. A network keeps the size of its signals with a variance near 1 or 2 / fan_in."""
    values = _drawn(bound, (FAN_IN, FAN_OUT))
    if values.dtype.kind not in "fiub":
        raise NotJudged("not judged, because it does not return real numbers")
    values = values.astype(float)
    variance = values.var()
    return (
        f"for {FAN_IN} inputs and {FAN_OUT} outputs, the mean is {values.mean():.3g} and the variance {variance:.3g}, "
        f"which is {variance * FAN_IN:.3g} / fan_in"
    )


def _drawn(bound: Bound, wanted: tuple[int, ...], number: int = 0) -> np.ndarray:
    fans = (FAN_IN, wanted[0]) if len(wanted) == 1 else wanted
    return initial_values(bound, np.random.default_rng(number), wanted, *fans)
