"""Argument reduction x = n π/2 + r for any float32 x, in integer arithmetic.

M. Payne and R. Hanek, "Radian reduction for trigonometric functions", SIGNUM Newsletter 18, 1983: only the bits around
the binary point of the product of the 24-bit mantissa of x and 2/π matter. The exponent of x determines which bits of
2/π contribute to them. Here these bits are selected from seven words, without a branch or a table.
"""

from __future__ import annotations

import math

from llvmlite import ir

from fastnn.kernels.mathematics.real import Integer, Real, fma, select

I32, I64 = ir.IntType(32), ir.IntType(64)
# the first 192 bits of 2/π after the binary point
TWO_OVER_PI = 0xA2F9836E4E441529FC2757D1F534DDC0DB6295993C439041
LEADING_ZEROS = 16  # bits; with them the smallest exponent does not need a negative shift
FIRST_EXPONENT = 136  # biased; for abs(x) < 2**9 the other reduction is used


def _words() -> list[int]:
    bits = "0" * LEADING_ZEROS + f"{TWO_OVER_PI:0192b}" + "0" * LEADING_ZEROS
    return [int(bits[i : i + 32], 2) for i in range(0, 7 * 32, 32)]


def payne_hanek(x: Real) -> tuple[Integer, Real]:
    """Return n modulo 4 and r, for a float32 x with abs(x) >= 2**9. r is NaN if x is infinite or NaN."""
    b = x.builder

    def c(value: int) -> ir.Constant:
        return ir.Constant(I32, value)

    bits = x.bits().value
    exponent = b.lshr(b.and_(bits, c(0x7FFFFFFF)), c(23))
    mantissa = b.or_(b.and_(bits, c(0x7FFFFF)), c(0x800000))
    offset = b.sub(exponent, c(FIRST_EXPONENT))  # index of the first bit of 2/π (after the zeros) in the product
    far, near = (b.icmp_signed("!=", b.and_(offset, c(step)), c(0)) for step in (64, 32))
    words = _words()
    window = [b.select(far, c(words[i + 2]), c(words[i])) for i in range(5)]
    window = [b.select(near, window[i + 1], window[i]) for i in range(4)]
    high, middle, low = (x.funnel(window[i], window[i + 1], offset) for i in range(3))

    def wide(value):
        return b.zext(value, I64)

    # x · 2/π modulo 4, as a 64-bit fraction of 4
    product = b.shl(wide(b.mul(mantissa, high)), I64(32))
    product = b.add(product, b.mul(wide(mantissa), wide(middle)))
    product = b.add(product, b.lshr(b.mul(wide(mantissa), wide(low)), I64(32)))
    n = b.trunc(b.lshr(b.add(product, I64(1 << 61)), I64(62)), I32)
    upper = b.sub(b.trunc(b.lshr(product, I64(32)), I32), b.shl(n, c(30)))
    lower = b.lshr(b.trunc(product, I32), c(1))
    unit = math.pi / 2 * 2.0**-62
    single = ir.FloatType()
    r = fma(x.like(b.sitofp(upper, single)), unit * 2.0**32, x.like(b.sitofp(lower, single)) * (2 * unit))
    sign = x.bits().like(b.and_(bits, c(-(2**31))))
    r = (r.bits() ^ sign).as_real()
    n = b.select(b.icmp_signed("<", bits, c(0)), b.neg(n), n)
    return sign.like(n), select(abs(x) < math.inf, r, math.nan)
