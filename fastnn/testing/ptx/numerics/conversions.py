"""cvt: from every type to every other."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.numerics.floats import directed, sat
from fastnn.testing.ptx.types import NUMPY, SIZE

_INTEGRAL = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


def supported(target: str, source: str, rounding: str | None) -> bool:
    """Whether `convert` knows this rounding: to float32 in any direction, except from 64-bit integers."""
    if rounding in ("rz", "rm", "rp"):
        return target == "f32" and (source == "f64" or (source[0] != "f" and SIZE[source] < 8))
    return True


def convert(x, target, source, rounding, saturates):
    if source[0] == "f" and target[0] == "f":
        if rounding in _INTEGRAL:
            x = _INTEGRAL[rounding](x)
        result = directed(x, rounding) if rounding in ("rz", "rm", "rp") else x.astype(NUMPY[target])
        return sat(result) if saturates else result
    if source[0] == "f":
        return _to_integer(_INTEGRAL[rounding](x.astype("f8")), target, source)
    if target[0] == "f":
        if rounding in ("rz", "rm", "rp"):
            return directed(x.astype("f8"), rounding)
        result = x.astype(NUMPY[target])
        return sat(result) if saturates else result
    if saturates:
        range_, own = np.iinfo(NUMPY[target]), np.iinfo(x.dtype)
        x = np.clip(x, max(range_.min, own.min), min(range_.max, own.max))
    return x.astype(NUMPY[target])


def _to_integer(x, target, source):
    """Numbers outside of the range become its ends; NaN 0, or the highest bit if one of the types has 64 bits."""
    type_ = NUMPY[target]
    range_ = np.iinfo(type_)
    above, below = x >= float(range_.max), x <= float(range_.min)
    nan = np.isnan(x)
    result = np.where(above | below | nan, 0, x).astype(type_)
    result = np.where(above, range_.max, np.where(below, range_.min, result)).astype(type_)
    if nan.any():
        highest = np.array(1 << (range_.bits - 1), f"u{SIZE[target]}").view(type_)
        result = np.where(nan, highest if source == "f64" or SIZE[target] == 8 else np.zeros_like(highest), result)
    return result
