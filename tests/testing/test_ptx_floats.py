"""Floating-point opcodes against NumPy, to the bit where PTX promises it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ptx_text import apply, interesting

COUNT = 600


def same_bits(got, want):
    want = np.asarray(want).astype(got.dtype)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    number = ~np.isnan(want)
    bits = f"u{got.itemsize}"
    np.testing.assert_array_equal(got.view(bits)[number], want.view(bits)[number])


def operands(type_, count):
    return [interesting(type_, COUNT, 20 + k) for k in range(count)]


EXACT = {
    "add.rn": np.add,
    "sub.rn": np.subtract,
    "mul.rn": np.multiply,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div.rn": np.divide,
    "sqrt.rn": np.sqrt,
    "rcp.rn": lambda x: x.dtype.type(1) / x,
    "neg": np.negative,
    "abs": np.abs,
    "copysign": lambda a, b: np.copysign(b, a),
}


@pytest.mark.parametrize("type_", ["f32", "f64"])
@pytest.mark.parametrize("opcode", EXACT)
def test_exact_operations(opcode, type_):
    count = 1 if opcode.split(".")[0] in ("sqrt", "rcp", "neg", "abs") else 2
    values = operands(type_, count)
    names = ", ".join(f"%a{k}" for k in range(count))
    (got,) = apply(f"{opcode}.{type_} %d0, {names};", [(type_, x) for x in values], type_)
    with np.errstate(all="ignore"):
        same_bits(got, EXACT[opcode](*values))


def flushed(x):
    return np.where(np.abs(x) < np.float32(2.0**-126), np.copysign(np.float32(0), x), x)


@pytest.mark.parametrize("opcode", ["add", "sub", "mul"])
def test_flush_to_zero_and_saturate(opcode):
    a, b = operands("f32", 2)
    a[:50], b[:50] = a[:50] * 0 + np.float32(1.5e-38), np.float32(1.3e-38) * np.linspace(-2, 2, 50, dtype="f4")
    function = EXACT[opcode]
    inputs = [("f32", a), ("f32", b)]
    with np.errstate(all="ignore"):
        same_bits(
            apply(f"{opcode}.rn.ftz.f32 %d0, %a0, %a1;", inputs, "f32")[0], flushed(function(flushed(a), flushed(b)))
        )
        plain = function(a, b)
        want = np.where(np.isnan(plain), 0, np.clip(plain, 0, 1)).astype("f4")
    np.testing.assert_array_equal(apply(f"{opcode}.rn.sat.f32 %d0, %a0, %a1;", inputs, "f32")[0], want)


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_minimum_and_maximum(type_):
    """A number wins against NaN, and -0 is less than +0."""
    a, b = operands(type_, 2)
    a[:4], b[:4] = [0.0, -0.0, np.nan, 1.0], [-0.0, 0.0, 2.0, np.nan]
    inputs = [(type_, a), (type_, b)]
    for opcode, choose in (("min", min), ("max", max)):
        (got,) = apply(f"{opcode}.{type_} %d0, %a0, %a1;", inputs, type_)
        for value, x, y in zip(got, a, b, strict=True):
            numbers = [z for z in (x, y) if not math.isnan(z)]
            want = choose(numbers, key=lambda z: (z, math.copysign(1, z))) if numbers else math.nan
            same_bits(np.array([value]), np.array([want]))
        (got,) = apply(f"{opcode}.NaN.{type_} %d0, %a0, %a1;", inputs, type_)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(a) | np.isnan(b))


APPROXIMATE = {
    "rcp.approx.ftz": lambda x: 1 / x,
    "rsqrt.approx": lambda x: 1 / np.sqrt(x),
    "sqrt.approx": np.sqrt,
    "ex2.approx": np.exp2,
    "lg2.approx": np.log2,
    "sin.approx": np.sin,
    "cos.approx": np.cos,
    "tanh.approx": np.tanh,
}


@pytest.mark.parametrize("opcode", APPROXIMATE)
def test_approximate_functions(opcode):
    x = np.linspace(0.01, 30, COUNT, dtype="f4")
    (got,) = apply(f"{opcode}.f32 %d0, %a0;", [("f32", x)], "f32")
    np.testing.assert_array_equal(got, APPROXIMATE[opcode](x.astype("f8")).astype("f4"))


@pytest.mark.parametrize("opcode", ["rcp", "rsqrt"])
def test_first_guesses_of_float64(opcode):
    x = np.linspace(0.01, 30, COUNT)
    (got,) = apply(f"{opcode}.approx.ftz.f64 %d0, %a0;", [("f64", x)], "f64")
    np.testing.assert_allclose(
        got, APPROXIMATE[{"rcp": "rcp.approx.ftz", "rsqrt": "rsqrt.approx"}[opcode]](x), rtol=1e-6
    )
    assert not (got.view("u8") & 0xFFFFFFFF).any()


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_comparisons(type_):
    a, b = operands(type_, 2)
    b[::4] = a[::4]
    nan = np.isnan(a) | np.isnan(b)
    ordered = {"eq": np.equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}
    cases = {name: function(a, b) for name, function in ordered.items()} | {"num": ~nan, "nan": nan}
    cases["ne"] = ~nan & (a != b)
    cases |= {f"{name}u": cases[name] | nan for name in ("eq", "ne", "lt", "le", "gt", "ge")}
    for name, want in cases.items():
        got = apply(f"setp.{name}.{type_} %d0|%d1, %a0, %a1;", [(type_, a), (type_, b)], "pred", "pred")
        np.testing.assert_array_equal(got[0], want, err_msg=name)
        np.testing.assert_array_equal(got[1], ~want, err_msg=name)


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_kinds_of_numbers(type_):
    (x,) = operands(type_, 1)
    tiny = np.finfo(x.dtype).tiny
    small = (np.abs(x) < tiny) & (x != 0)
    cases = {
        "finite": np.isfinite(x),
        "infinite": np.isinf(x),
        "number": ~np.isnan(x),
        "notanumber": np.isnan(x),
        "subnormal": small,
        "normal": np.isfinite(x) & ~small & (x != 0),
    }
    for name, want in cases.items():
        np.testing.assert_array_equal(
            apply(f"testp.{name}.{type_} %d0, %a0;", [(type_, x)], "pred")[0], want, err_msg=name
        )


@pytest.mark.parametrize("source", ["f32", "f64"])
@pytest.mark.parametrize("target", ["u8", "s16", "u32", "s32", "u64", "s64"])
def test_floats_become_integers(target, source):
    x = np.concatenate(
        [interesting(source, 200, 1), np.linspace(-300, 300, 401).astype({"f32": "f4", "f64": "f8"}[source])]
    )
    x[:6] = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5]
    bits = int(target[1:])
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if target[0] == "s" else (0, (1 << bits) - 1)
    not_a_number = 1 << (bits - 1) if source == "f64" or bits == 64 else 0
    for mode, function in {"rni": round, "rzi": math.trunc, "rmi": math.floor, "rpi": math.ceil}.items():
        (got,) = apply(f"cvt.{mode}.{target}.{source} %d0, %a0;", [(source, x)], target)
        for value, number in zip(got.tolist(), x.tolist(), strict=True):
            if math.isnan(number):
                assert value % (1 << bits) == not_a_number
            elif math.isinf(number):
                assert value == (high if number > 0 else low)
            else:
                assert value == min(max(function(number), low), high), (mode, number)


@pytest.mark.parametrize("source", ["s32", "u32", "s64", "u64"])
def test_integers_become_floats(source):
    x = interesting(source, COUNT, 3)
    (got,) = apply(f"cvt.rn.f64.{source} %d0, %a0;", [(source, x)], "f64")
    assert got.tolist() == [float(int(number)) for number in x]
    (got,) = apply(f"cvt.rn.f32.{source} %d0, %a0;", [(source, x)], "f32")
    for value, number in zip(got, x.tolist(), strict=True):
        step = 1 << max(abs(number).bit_length() - 24, 0)
        quotient, rest = divmod(abs(number), step)
        quotient += 2 * rest > step or (2 * rest == step and quotient % 2)
        assert float(value) == math.copysign(quotient * step, number)


def test_conversions_between_floats():
    x = np.concatenate([interesting("f64", COUNT, 1), np.random.default_rng(0).standard_normal(200)])
    with np.errstate(all="ignore"):
        same_bits(apply("cvt.rn.f32.f64 %d0, %a0;", [("f64", x)], "f32")[0], x.astype("f4"))
        finite = x[np.abs(x) < 1e38]
        (down,) = apply("cvt.rm.f32.f64 %d0, %a0;", [("f64", finite)], "f32")
        (up,) = apply("cvt.rp.f32.f64 %d0, %a0;", [("f64", finite)], "f32")
        (cut,) = apply("cvt.rz.f32.f64 %d0, %a0;", [("f64", finite)], "f32")
        assert (down <= finite).all() and (up >= finite).all() and (np.nextafter(down, np.float32(np.inf)) >= up).all()
        np.testing.assert_array_equal(cut, np.where(finite > 0, down, up))
        y = interesting("f32", COUNT, 2)
        same_bits(apply("cvt.f64.f32 %d0, %a0;", [("f32", y)], "f64")[0], y.astype("f8"))
        same_bits(apply("cvt.rni.f32.f32 %d0, %a0;", [("f32", y)], "f32")[0], np.rint(y))
        same_bits(apply("cvt.rmi.f64.f64 %d0, %a0;", [("f64", x)], "f64")[0], np.floor(x))
        same_bits(apply("cvt.ftz.f64.f32 %d0, %a0;", [("f32", y)], "f64")[0], flushed(y).astype("f8"))
        want = np.where(np.isnan(y), 0, np.clip(y, 0, 1))
        np.testing.assert_array_equal(apply("cvt.sat.f32.f32 %d0, %a0;", [("f32", y)], "f32")[0], want)
        (half,) = apply("cvt.rn.f16.f32 %r0, %a0; cvt.f32.f16 %d0, %r0;".replace("%r0", "%rs0"), [("f32", y)], "f32")
        same_bits(half, y.astype("f2").astype("f4"))
        (tf32,) = apply("cvt.rna.tf32.f32 %r0, %a0; mov.b32 %d0, %r0;", [("f32", y)], "f32")
        number = np.isfinite(y) & np.isfinite(tf32)
        assert not (tf32.view("u4") & 0x1FFF).any() and (np.abs(tf32 - y) <= np.abs(y) * 2.0**-11 + 1e-40)[number].all()


def test_subnormal_numbers_are_flushed_where_ftz_says_so():
    tiny = np.array([1e-40, -1e-40, 1e-30, 0.0], "f4")
    assert apply("setp.eq.ftz.f32 %d0, %a0, 0f00000000;", [("f32", tiny)], "pred")[0].tolist() == [1, 1, 0, 1]
    (down,) = apply("cvt.rn.ftz.f32.f64 %d0, %a0;", [("f64", tiny.astype("f8"))], "f32")
    assert down.tolist() == [0, 0, tiny[2], 0] and np.signbit(down).tolist() == [False, True, False, False]


def test_integers_are_rounded_in_a_direction():
    x = interesting("u32", 200, 1)
    low, high, cut = (apply(f"cvt.{mode}.f32.u32 %d0, %a0;", [("u32", x)], "f32")[0] for mode in ("rm", "rp", "rz"))
    assert (low.astype("f8") <= x).all() and (high.astype("f8") >= x).all() and (low < high).any()
    np.testing.assert_array_equal(low, cut)


def test_moves_and_constants():
    x = interesting("b64", 100, 1)
    low, high = apply("mov.b64 {%d0, %d1}, %a0;", [("b64", x)], "b32", "b32")
    np.testing.assert_array_equal(low + (high.astype("u8") << np.uint64(32)), x)
    (again,) = apply("mov.b64 {%r0, %r1}, %a0; mov.b64 %d0, {%r1, %r0};", [("b64", x)], "b64")
    np.testing.assert_array_equal(again, (x << np.uint64(32)) | (x >> np.uint64(32)))
    one, two, three = apply(
        "mov.f32 %d0, 0f3F800000; mov.f64 %d1, 0d4000000000000000; mov.s32 %d2, -0x10;",
        [("b64", x)],
        "f32",
        "f64",
        "s32",
    )
    assert set(one) == {1} and set(two) == {2} and set(three) == {-16}
    (wide,) = apply("add.f64 %d0, %a0, 0f3F000000;", [("f64", np.arange(3.0))], "f64")
    assert wide.tolist() == [0.5, 1.5, 2.5]
