"""Arithmetic of integers beyond what NumPy's functions do. All results wrap to the width of their operands."""

from __future__ import annotations

import numpy as np

_U32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def unsigned(x):
    return x.view(f"u{x.dtype.itemsize}")


def mul_hi(a, b):
    """The upper half of the product."""
    if a.dtype.itemsize < 8:
        wide = f"{a.dtype.kind}8"
        return ((a.astype(wide) * b.astype(wide)) >> np.array(8 * a.dtype.itemsize, wide)).astype(a.dtype)
    x, y = unsigned(a), unsigned(b)
    x1, x0, y1, y0 = x >> _32, x & _U32, y >> _32, y & _U32
    middle = x1 * y0 + (x0 * y0 >> _32)
    other = x0 * y1 + (middle & _U32)
    high = x1 * y1 + (middle >> _32) + (other >> _32)
    if a.dtype.kind == "i":
        high = high - np.where(a < 0, y, 0).astype("u8") - np.where(b < 0, x, 0).astype("u8")
    return high.view(a.dtype)


def div(a, b):
    """Towards zero. PTX does not say what a division by zero gives; here all bits are set."""
    quotient = a // b
    if a.dtype.kind == "i":
        exact = quotient * b == a
        quotient += (~exact & ((a < 0) != (b < 0))).astype(a.dtype)
    return np.where(b == 0, ~np.zeros_like(a), quotient)


def rem(a, b):
    """With the sign of a; for a division by zero a itself."""
    return np.where(b == 0, a, np.fmod(a, b))


def add_carry(a, b, carry):
    """(a + b + carry, carry out)"""
    s = a + b
    total = s + carry.astype(a.dtype)
    return total, (s < a) | (total < s)


def sub_borrow(a, b, borrow):
    """(a - b - borrow, borrow out)"""
    s = a - b
    total = s - borrow.astype(a.dtype)
    return total, (a < b) | (s < total)
