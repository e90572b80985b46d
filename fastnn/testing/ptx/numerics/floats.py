"""Arithmetic of floating-point numbers beyond what NumPy's functions do."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.numerics.fma import odd_sum

_SMALLEST_NORMAL = np.float32(2.0**-126)
_TOWARDS = {"rm": -np.inf, "rp": np.inf, "rz": 0}


def ftz(x):
    """Flush subnormal float32 to zero, with their sign."""
    return np.where(np.abs(x) < _SMALLEST_NORMAL, np.copysign(np.float32(0), x), x)


def sat(x):
    """Clamp to 0 ... 1; NaN becomes 0."""
    return np.where(x > 0, np.minimum(x, x.dtype.type(1)), x.dtype.type(0))


def directed(x, mode):
    """Round float64 that are exact, or rounded to odd, to float32: rn, rz (to zero), rm (down) or rp (up)."""
    result = x.astype(np.float32)
    if mode == "rn":
        return result
    if mode == "rz":
        wrong = np.abs(result.astype(np.float64)) > np.abs(x)
    else:
        wrong = (result > x) if mode == "rm" else (result < x)
    return np.where(wrong, np.nextafter(result, np.float32(_TOWARDS[mode])), result)


def add_directed(a, b, mode):
    return _signed(directed(odd_sum(a, b), mode), a, b, mode)


def mul_directed(a, b, mode):
    return directed(a.astype(np.float64) * b, mode)


def fma_directed(a, b, c, mode):
    return _signed(directed(odd_sum(a, b, c), mode), a.astype(np.float64) * b, c, mode)


def _signed(result, a, b, mode):
    """An exact sum of x and -x is -0 when rounding down; everywhere else the plain sum has the right sign."""
    return np.where((result == 0) & (a == -b) & (a != 0), -0.0 if mode == "rm" else 0.0, result).astype(np.float32)


def minimum(a, b):
    """The smaller; a number before NaN; -0 before +0."""
    result = np.fmin(a, b)
    zeros = (a == 0) & (b == 0)
    return np.where(zeros & np.signbit(b), b, np.where(zeros, a, result)) if zeros.any() else result


def maximum(a, b):
    result = np.fmax(a, b)
    zeros = (a == 0) & (b == 0)
    return np.where(zeros & np.signbit(a), b, np.where(zeros, a, result)) if zeros.any() else result


def unequal(a, b):
    """False if one is NaN, as all ordered comparisons are."""
    return (a < b) | (a > b)


def approximate(function, x):
    """A function of float32, computed in float64 and rounded; of float64 as ``rcp.approx.ftz.f64``: 20 good bits."""
    if x.dtype == np.float64:
        bits = function(x).view(np.uint64)
        return (bits & np.uint64(0xFFFFFFFF00000000)).view(np.float64)
    return function(x.astype(np.float64)).astype(np.float32)


def tf32(x):
    """Round to ten bits of mantissa, ties away from zero."""
    return ((np.ascontiguousarray(x).view(np.uint32) + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(np.float32)


def reciprocal(x):
    return x.dtype.type(1) / x


def reciprocal_root(x):
    return x.dtype.type(1) / np.sqrt(x)


def testp(kind, x):
    smallest = np.finfo(x.dtype).smallest_normal
    if kind == "normal":
        return np.isfinite(x) & (np.abs(x) >= smallest)
    if kind == "subnormal":
        return (np.abs(x) < smallest) & (x != 0)
    nan = np.isnan(x)
    return {"finite": np.isfinite(x), "infinite": np.isinf(x), "notanumber": nan, "number": ~nan}[kind]
