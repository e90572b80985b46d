"""Shifts, bit fields, permutations and counts."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.numerics.integers import unsigned


def shl(x, n):
    bits = 8 * x.dtype.itemsize
    return np.where(n >= bits, x.dtype.type(0), x << np.minimum(n, bits - 1).astype(x.dtype))


def shr(x, n):
    bits = 8 * x.dtype.itemsize
    shifted = x >> np.minimum(n, bits - 1).astype(x.dtype)
    return shifted if x.dtype.kind == "i" else np.where(n >= bits, x.dtype.type(0), shifted)


def _ones(n):
    """n ones at the lower end of 64 bits."""
    n = n.astype("u8")
    return np.where(n >= 64, ~np.uint64(0), (np.uint64(1) << np.minimum(n, np.uint64(63))) - np.uint64(1))


def bfe(x, position, length):
    """Extract a bit field. Beyond the end of x, and for signed x above the field, its sign bit is repeated."""
    bits = 8 * x.dtype.itemsize
    position, length = (position & np.uint32(0xFF)).astype("i8"), (length & np.uint32(0xFF)).astype("i8")
    wide = unsigned(x).astype("u8")
    mask = _ones(np.clip(np.minimum(length, bits - position), 0, bits))
    field = shr(wide, position) & mask
    if x.dtype.kind == "i":
        sign_at = np.clip(position + length - 1, 0, bits - 1).astype("u8")
        negative = ((wide >> sign_at) & np.uint64(1)).astype(bool) & (length > 0)
        field = np.where(negative, field | ~mask, field)
    return field.astype(f"u{x.dtype.itemsize}").view(x.dtype)


def bfi(a, b, position, length):
    """Put the lower bits of a into b."""
    bits = 8 * a.dtype.itemsize
    position, length = (position & np.uint32(0xFF)).astype("i8"), (length & np.uint32(0xFF)).astype("i8")
    mask = shl(_ones(np.minimum(length, bits)), position)
    inside = shl(unsigned(a).astype("u8"), position)
    return ((unsigned(b).astype("u8") & ~mask) | (inside & mask)).astype(f"u{a.dtype.itemsize}").view(a.dtype)


def shf(left, wraps, low, high, n):
    """Funnel shift: the upper half of (high, low) shifted left, or the lower half shifted right."""
    n = (n & np.uint32(31) if wraps else np.minimum(n, np.uint32(32))).astype("u8")
    both = (high.astype("u8") << np.uint64(32)) | low
    return ((both << n) >> np.uint64(32) if left else both >> n).astype("u4")


def prmt(a, b, selectors):
    """Four bytes of (b, a), each selected by four bits; the highest of them repeats the byte's sign instead."""
    both = (b.astype("u8") << np.uint64(32)) | a
    result = np.zeros(a.shape, "u4")
    for i in range(4):
        selector = (selectors >> np.uint32(4 * i)) & np.uint32(15)
        byte = (both >> ((selector & np.uint32(7)) * np.uint32(8)).astype("u8")).astype("u1")
        byte = np.where(selector & np.uint32(8), (byte.view("i1") >> np.int8(7)).view("u1"), byte)
        result |= byte.astype("u4") << np.uint32(8 * i)
    return result


def lop3(a, b, c, table):
    """A logical function of three operands by its table of eight results."""
    result = np.zeros_like(a)
    for i in range(8):
        if table >> i & 1:
            result |= (a if i & 4 else ~a) & (b if i & 2 else ~b) & (c if i & 1 else ~c)
    return result


def popc(x):
    return np.bitwise_count(unsigned(x)).astype("u4")


def clz(x):
    """The number of leading zeros."""
    x = unsigned(x).copy()
    for shift in (1, 2, 4, 8, 16, 32):
        if shift < 8 * x.dtype.itemsize:
            x |= x >> x.dtype.type(shift)
    return (8 * x.dtype.itemsize - np.bitwise_count(x).astype("u4")).astype("u4")


def bfind(x, wants_shift):
    """The position of the highest bit that differs from the sign, or how far to shift it to the top."""
    magnitude = np.where(x < 0, ~x, x) if x.dtype.kind == "i" else x
    zeros = clz(magnitude)
    found = zeros if wants_shift else (np.uint32(8 * x.dtype.itemsize - 1) - zeros)
    return np.where(magnitude == 0, np.uint32(0xFFFFFFFF), found)


def brev(x):
    """The bits in the opposite order."""
    result = np.zeros_like(x)
    one = x.dtype.type(1)
    for i in range(8 * x.dtype.itemsize):
        result = (result << one) | ((x >> x.dtype.type(i)) & one)
    return result
