"""a * b + c, rounded once, for all float32 and float64 numbers.

float32: the product is exact in float64, and so is the error of the sum in float64. The sum rounded to odd (an inexact
sum gets the neighbor whose last bit is 1) rounds to float32 as the exact value does, because float64 has more than
twice as many bits and two more (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").

float64: the product as a sum of two numbers (Dekker), three numbers added with one rounding to odd (the same paper).
That needs factors and results far from overflow and from subnormal numbers. The others go through Python's integers.
"""

from __future__ import annotations

import math

import numpy as np

_HALF = np.int64(0x10000000)  # the lower 29 bits of a float64 that is half-way between two normal float32
_LOWER = np.int64(0x1FFFFFFF)
_SUBNORMAL = np.uint64((1023 - 126 << 53) - 1)  # of twice the bits of 2**-126, without the sign, less one
_SPLIT = np.float64(2.0**27 + 1)


def two_sum(a, b):
    """(s, e): s = a + b rounded, e its error, exactly."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def to_odd(s, e):
    """Round s + e to odd, where s is already rounded to nearest."""
    bits = s.view(np.int64)
    inexact = ((e > 0) | (e < 0)) & (bits & 1 == 0) & np.isfinite(s)
    return np.where(inexact, bits + np.where((e > 0) == (s > 0), 1, -1), bits).view(np.float64)


def fma32(a, b, c):
    product = a.astype(np.float64)
    product *= b
    s = product + c
    result = s.astype(np.float32)
    doubtful = (s.view(np.int64) & _LOWER) == _HALF
    doubtful |= (s.view(np.uint64) << np.uint64(1)) - np.uint64(1) < _SUBNORMAL  # zero wraps: it is exact
    if doubtful.any():
        at = np.flatnonzero(doubtful)
        result[at] = to_odd(*two_sum(product[at], c[at].astype(np.float64))).astype(np.float32)
    return result


def odd_sum(a, b, c=None):
    """a + b, or a * b + c, of float32 rounded to odd in float64: any rounding to float32 may follow."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return to_odd(*two_sum(a, b) if c is None else two_sum(a * b, c.astype(np.float64)))


def fma64(a, b, c):
    p = a * b
    s = p + c
    ordinary = _ordinary(a, 450) & _ordinary(b, 450) & _ordinary(c, 900)
    if not ordinary.all():
        with np.errstate(all="ignore"):
            s = np.where(ordinary, _fma_of_ordinary(a, b, c, p), s)
        for i in np.flatnonzero(~ordinary & np.isfinite(a) & np.isfinite(b)):
            s[i] = fma_of_integers(float(a[i]), float(b[i]), float(c[i])) if np.isfinite(c[i]) else c[i]
        return s
    return _fma_of_ordinary(a, b, c, p)


def _ordinary(x, limit):
    """Zero, or between 2**-limit and 2**limit."""
    size = np.abs(x)
    return (size < 2.0**limit) & ((size > 2.0**-limit) | (x == 0))


def _fma_of_ordinary(a, b, c, p):
    t = a * _SPLIT
    a1 = t - (t - a)
    a2 = a - a1
    t = b * _SPLIT
    b1 = t - (t - b)
    b2 = b - b1
    error = a2 * b2 - (((p - a1 * b1) - a2 * b1) - a1 * b2)
    high, low = two_sum(c, error)
    high, middle = two_sum(p, high)
    result = high + to_odd(*two_sum(middle, low))
    return np.where(result == 0, p + c, result)  # an exact zero has the sign of the plain sum


def fma_of_integers(a: float, b: float, c: float) -> float:
    """a * b + c of finite numbers, rounded by Python's division of integers."""
    (n1, d1), (n2, d2), (n3, d3) = a.as_integer_ratio(), b.as_integer_ratio(), c.as_integer_ratio()
    numerator, denominator = n1 * n2 * d3 + n3 * d1 * d2, d1 * d2 * d3
    if numerator == 0:
        return a * b + c if n3 == 0 else 0.0  # zeros have signs; a difference of equal numbers is +0
    try:
        result = numerator / denominator
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf
    return result or (0.0 if numerator > 0 else -0.0)
