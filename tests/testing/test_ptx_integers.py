"""Integer opcodes against Python's integers."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import apply, interesting

from fastnn.testing.ptx.types import NUMPY, SIZE, wider

COUNT = 256


def bits_of(type_):
    return 8 * SIZE[type_]


def wrap(number, type_):
    number %= 1 << bits_of(type_)
    return number - (1 << bits_of(type_)) if type_[0] == "s" and number >> (bits_of(type_) - 1) else number


def toward_zero(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def check(instruction, types, reference, *outputs, inputs=None):
    """Compare with a function of Python's integers; results that are None are not compared."""
    inputs = inputs or [(type_, interesting(type_, COUNT, 10 + k)) for k, type_ in enumerate(types)]
    got = apply(instruction, inputs, *outputs)
    for row in range(len(inputs[0][1])):
        expected = reference(*(int(values[row]) for _, values in inputs))
        for value, want, type_ in zip(
            got, expected if isinstance(expected, tuple) else (expected,), outputs, strict=True
        ):
            if want is not None:
                want = int(want) if type_ == "pred" else wrap(want, type_)
                assert int(value[row]) == want, (instruction, [int(v[row]) for _, v in inputs])


def byte(word, k):
    return word >> 8 * k & 255


def permute(a, b, c):
    result = 0
    for i in range(4):
        selector = c >> 4 * i & 15
        one = byte(a | b << 32, selector & 7)
        if selector & 8:
            one = 255 if one & 128 else 0
        result |= one << 8 * i
    return result


def extract(type_):
    top = bits_of(type_) - 1

    def bfe(a, b, c):
        position, length = b & 255, c & 255
        sign = 0 if type_[0] == "u" or length == 0 else a >> min(position + length - 1, top) & 1
        return sum((a >> position + i & 1 if i < length and position + i <= top else sign) << i for i in range(top + 1))

    return bfe


def insert(bits):
    def bfi(a, b, c, d):
        position, length = c & 255, d & 255
        for i in range(length):
            if position + i < bits:
                b = b & ~(1 << position + i) | (a >> i & 1) << position + i
        return b

    return bfi


def highest(a):
    return (~a if a < 0 else a).bit_length() - 1


ARITHMETIC = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "min": min,
    "max": max,
    "div": lambda a, b: toward_zero(a, b) if b else None,
    "rem": lambda a, b: a - toward_zero(a, b) * b if b else None,
}


@pytest.mark.parametrize("type_", ["u16", "s16", "u32", "s32", "u64", "s64"])
@pytest.mark.parametrize("opcode", ARITHMETIC)
def test_arithmetic_of_two(opcode, type_):
    check(f"{opcode}.{type_} %d0, %a0, %a1;", [type_, type_], ARITHMETIC[opcode], type_)


@pytest.mark.parametrize("type_", ["u16", "s16", "u32", "s32", "u64", "s64"])
def test_products(type_):
    shift = bits_of(type_)
    three = [type_] * 3
    check(f"mul.lo.{type_} %d0, %a0, %a1;", three[:2], lambda a, b: a * b, type_)
    check(f"mul.hi.{type_} %d0, %a0, %a1;", three[:2], lambda a, b: a * b >> shift, type_)
    check(f"mad.lo.{type_} %d0, %a0, %a1, %a2;", three, lambda a, b, c: a * b + c, type_)
    check(f"mad.hi.{type_} %d0, %a0, %a1, %a2;", three, lambda a, b, c: (a * b >> shift) + c, type_)
    if shift < 64:
        wide = wider(type_)
        check(f"mul.wide.{type_} %d0, %a0, %a1;", three[:2], lambda a, b: a * b, wide)
        check(f"mad.wide.{type_} %d0, %a0, %a1, %a2;", [type_, type_, wide], lambda a, b, c: a * b + c, wide)


@pytest.mark.parametrize("type_", ["s16", "s32", "s64"])
def test_signs(type_):
    check(f"neg.{type_} %d0, %a0;", [type_], lambda a: -a, type_)
    check(f"abs.{type_} %d0, %a0;", [type_], abs, type_)


@pytest.mark.parametrize("type_", ["b16", "b32", "b64", "pred"])
def test_logic(type_):
    inputs = [(type_, np.array([0, 0, 1, 1], "u1")), (type_, np.array([0, 1, 0, 1], "u1"))] if type_ == "pred" else None
    two = [type_, type_]
    check(f"and.{type_} %d0, %a0, %a1;", two, lambda a, b: a & b, type_, inputs=inputs)
    check(f"or.{type_} %d0, %a0, %a1;", two, lambda a, b: a | b, type_, inputs=inputs)
    check(f"xor.{type_} %d0, %a0, %a1;", two, lambda a, b: a ^ b, type_, inputs=inputs)
    invert = (lambda a, b: 1 - a) if type_ == "pred" else (lambda a, b: ~a)
    check(f"not.{type_} %d0, %a0;", two, invert, type_, inputs=inputs)


@pytest.mark.parametrize("type_", ["b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64"])
def test_shifts(type_):
    bits = bits_of(type_)
    counts = ("u32", np.array([0, 1, 5, bits - 1, bits, bits + 1, 200, 2**31, 2**32 - 1] * 20, "u4"))
    values = (type_, interesting(type_, 180, 3))
    if type_[0] == "b":
        check(f"shl.{type_} %d0, %a0, %a1;", [], lambda a, n: a << n if n < bits else 0, type_, inputs=[values, counts])
        check(f"shl.{type_} %d0, %a0, 3;", [], lambda a: a << 3, type_, inputs=[values])
        check(f"shl.{type_} %d0, %a0, 70;", [], lambda a: 0, type_, inputs=[values])
    check(f"shr.{type_} %d0, %a0, %a1;", [], lambda a, n: a >> min(n, 99), type_, inputs=[values, counts])
    check(f"shr.{type_} %d0, %a0, 3;", [], lambda a: a >> 3, type_, inputs=[values])


@pytest.mark.parametrize("mode", ["wrap", "clamp"])
def test_funnel_shifts(mode):
    def count(n):
        return n & 31 if mode == "wrap" else min(n, 32)

    inputs = [("u32", interesting("u32", 100, k)) for k in range(2)]
    inputs.append(("u32", np.array([0, 1, 17, 31, 32, 33, 63, 64, 2**31, 5] * 10, "u4")))
    left = f"shf.l.{mode}.b32 %d0, %a0, %a1, %a2;"
    check(left, [], lambda a, b, n: ((b << 32 | a) << count(n)) >> 32, "u32", inputs=inputs)
    check(f"shf.r.{mode}.b32 %d0, %a0, %a1, %a2;", [], lambda a, b, n: (b << 32 | a) >> count(n), "u32", inputs=inputs)


@pytest.mark.parametrize("type_", ["u32", "s32", "u64", "s64"])
def test_bit_fields(type_):
    random = np.random.default_rng(1)
    numbers = [
        ("u32", random.choice(np.array([0, 1, 3, 8, 31, 32, 33, 63, 64, 70, 255, 256], "u4"), 200)) for _ in range(2)
    ]
    values = (type_, interesting(type_, 200, 3))
    check(f"bfe.{type_} %d0, %a0, %a1, %a2;", [], extract(type_), type_, inputs=[values, *numbers])
    bits = bits_of(type_)
    pair = [(f"b{bits}", interesting(f"b{bits}", 200, k)) for k in (4, 5)]
    check(f"bfi.b{bits} %d0, %a0, %a1, %a2, %a3;", [], insert(bits), f"b{bits}", inputs=[*pair, *numbers])


def test_permutations_and_any_logic():
    three = ["b32"] * 3
    check("prmt.b32 %d0, %a0, %a1, %a2;", three, permute, "b32")
    check("prmt.b32 %d0, %a0, %a1, 0x5410;", three, lambda a, b, c: a & 0xFFFF | (b & 0xFFFF) << 16, "b32")
    check("lop3.b32 %d0, %a0, %a1, %a2, 0x96;", three, lambda a, b, c: a ^ b ^ c, "b32")
    check("lop3.b32 %d0, %a0, %a1, %a2, 0xCA;", three, lambda a, b, c: a & b | ~a & c, "b32")


@pytest.mark.parametrize("type_", ["b32", "b64"])
def test_counts(type_):
    bits = bits_of(type_)
    check(f"popc.{type_} %d0, %a0;", [type_], lambda a: a.bit_count(), "u32")
    check(f"clz.{type_} %d0, %a0;", [type_], lambda a: bits - a.bit_length(), "u32")
    check(f"brev.{type_} %d0, %a0;", [type_], lambda a: int(f"{a:0{bits}b}"[::-1], 2), type_)
    for kind in "us":
        own = f"{kind}{bits}"
        check(f"bfind.{own} %d0, %a0;", [own], highest, "u32")
        from_top = f"bfind.shiftamt.{own} %d0, %a0;"
        check(from_top, [own], lambda a: -1 if highest(a) < 0 else bits - 1 - highest(a), "u32")


@pytest.mark.parametrize("bits", [32, 64])
def test_sums_of_several_words(bits):
    """Two and three words at once; each carry goes into the next instruction."""
    type_, word = f"u{bits}", 1 << bits

    def words(number, count):
        return tuple(number >> bits * k for k in range(count))

    four = [type_] * 4
    check(
        f"add.cc.{type_} %d0, %a0, %a1; addc.cc.{type_} %d1, %a2, %a3; addc.{type_} %d2, 0, 0;",
        four,
        lambda a, b, c, d: words(a + b + (c + d) * word, 3),
        *[type_] * 3,
    )
    check(
        f"sub.cc.{type_} %d0, %a0, %a1; subc.cc.{type_} %d1, %a2, %a3; subc.{type_} %d2, 0, 0;",
        four,
        lambda a, b, c, d: words((a - b + (c - d) * word) % word**3, 3),
        *[type_] * 3,
    )
    check(
        f"mad.lo.cc.{type_} %d0, %a0, %a1, %a2; madc.hi.{type_} %d1, %a0, %a1, %a3;",
        four,
        lambda a, b, c, d: words((a * b + c + d * word) % word**2, 2),
        *[type_] * 2,
    )
    check(
        f"mad.hi.cc.{type_} %d0, %a0, %a1, %a2; madc.lo.cc.{type_} %d1, %a0, %a1, %a3; addc.{type_} %d2, 0, 0;",
        four,
        lambda a, b, c, d: words(((a * b >> bits) + c) + ((a * b % word) + d) * word, 3),
        *[type_] * 3,
    )


@pytest.mark.parametrize("type_", ["u32", "s32", "s64"])
def test_comparisons(type_):
    names = dict(eq="__eq__", ne="__ne__", lt="__lt__", le="__le__", gt="__gt__", ge="__ge__")
    if type_[0] == "u":
        names |= dict(lo="__lt__", ls="__le__", hi="__gt__", hs="__ge__")
    a, b = (interesting(type_, COUNT, k) for k in (1, 2))
    b[::3] = a[::3]
    for name, method in names.items():
        check(
            f"setp.{name}.{type_} %d0|%d1, %a0, %a1;",
            [],
            lambda a, b, method=method: (getattr(a, method)(b), not getattr(a, method)(b)),
            "pred",
            "pred",
            inputs=[(type_, a), (type_, b)],
        )


def test_comparisons_combined_with_a_predicate():
    a, b = np.tile([1, 1, 2, 2], 2).astype("i4"), np.tile([1, 2, 1, 2], 2).astype("i4")
    inputs = [("s32", a), ("s32", b), ("pred", np.repeat([0, 1], 4).astype("u1"))]
    for name, combine in {"and": lambda x, p: x and p, "or": lambda x, p: x or p, "xor": lambda x, p: x != p}.items():
        instruction = f"mov.pred %d0, %a2; setp.lt.{name}.s32 %d0|%d1, %a0, %a1, !%d0;"

        def reference(a, b, p, combine=combine):
            return combine(a < b, p == 0), combine(a >= b, p == 0)

        check(instruction, [], reference, "pred", "pred", inputs=inputs)


def test_select():
    inputs = [("u32", np.arange(8, dtype="u4")), ("pred", np.array([0, 1] * 4, "u1"))]
    check("selp.u32 %d0, %a0, 7, %a1;", [], lambda a, p: a if p else 7, "u32", inputs=inputs)


@pytest.mark.parametrize("source", ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"])
@pytest.mark.parametrize("target", ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"])
def test_conversions_between_integers(target, source):
    range_ = np.iinfo(NUMPY[target])
    check(f"cvt.{target}.{source} %d0, %a0;", [source], lambda a: a, target)
    check(
        f"cvt.sat.{target}.{source} %d0, %a0;",
        [source],
        lambda a: min(max(a, int(range_.min)), int(range_.max)),
        target,
    )
