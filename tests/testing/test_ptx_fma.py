"""fma against exact fractions, at random bit patterns and where roundings are hardest."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from ptx_text import apply, interesting


def exact(a: float, b: float, c: float, type_: str) -> float:
    """a * b + c rounded once: by Python's division of integers to float64, or to float32 by choosing a neighbor."""
    if not all(map(math.isfinite, (a, b, c))):
        return c if math.isfinite(a) and math.isfinite(b) else a * b + c
    value = Fraction(a) * Fraction(b) + Fraction(c)
    if value == 0:
        return math.copysign(1, a) * math.copysign(1, b) * 0.0 + c if c == 0 else 0.0
    if type_ == "f32":
        return nearest_float32(value)
    try:
        rounded = float(value)
    except OverflowError:
        rounded = math.inf if value > 0 else -math.inf
    return rounded if rounded else math.copysign(0, value)


def nearest_float32(value: Fraction) -> float:
    size = abs(value)
    step = Fraction(2) ** max(math.frexp(float(min(size, Fraction(2) ** 200)) or 5e-324)[1] - 24, -149)
    rounded = round(size / step) * step  # to even
    result = math.inf if rounded >= Fraction(2) ** 128 else float(rounded)
    return math.copysign(result, value)


def near_ties(type_: str, count: int) -> list[np.ndarray]:
    """Products half-way between two numbers, normal and subnormal ones, and tiny numbers to be added to them."""
    random = np.random.default_rng(5)
    digits, lowest, highest = {"f32": (24, -149, 127), "f64": (53, -1074, 1023)}[type_]
    rows = []
    while len(rows) < count:
        length = digits + 1 if len(rows) % 2 else int(random.integers(2, digits + 1))
        first = int(random.integers(1, length))
        one, other = (int(random.integers(1 << (n - 1), 1 << n)) | 1 for n in (first, length - first))
        if (one * other).bit_length() != length:
            continue
        power = int(random.integers(lowest // 2, highest // 2)) if length > digits else lowest - 1
        half = power // 2
        tiny = max(power - int(random.integers(1, 80)), lowest)
        rows.append(
            (math.ldexp(one, half), math.ldexp(other, power - half), math.ldexp(int(random.integers(-1, 2)), tiny))
        )
    return [np.array(column, {"f32": "f4", "f64": "f8"}[type_]) for column in zip(*rows, strict=True)]


def near_cancellation(type_: str, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(6)
    a, b = (random.standard_normal(count).astype({"f32": "f4", "f64": "f8"}[type_]) for _ in range(2))
    c = -(a * b)
    c[::3] = np.nextafter(c[::3], c.dtype.type(0))
    return [a, b, c]


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_fma_is_rounded_once(type_):
    random = [interesting(type_, 1500, seed) for seed in (1, 2, 3)]
    close = [interesting(type_, 1500, seed) for seed in (4, 5, 6)]
    with np.errstate(all="ignore"):
        close[2] = np.where(
            np.isfinite(close[0] * close[1]), close[0] * close[1] * close[2].dtype.type(-1.0000001), close[2]
        )
    columns = [
        np.concatenate(parts)
        for parts in zip(random, close, near_ties(type_, 1500), near_cancellation(type_, 500), strict=True)
    ]
    (got,) = apply(f"fma.rn.{type_} %d0, %a0, %a1, %a2;", [(type_, x) for x in columns], type_)
    want = np.array([exact(*(float(x) for x in row), type_) for row in zip(*columns, strict=True)], got.dtype)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    number = ~np.isnan(want)
    bits = f"u{got.itemsize}"
    assert (got.view(bits) == want.view(bits))[number].all()
    assert (
        np.isinf(want).any() and (want == 0).any() and ((want != 0) & (np.abs(want) < np.finfo(want.dtype).tiny)).any()
    )


def test_other_formulas_would_fail_here():
    """The products that make these tests worth their time: rounding twice, and 80 bits, give other results."""
    columns = [
        np.concatenate(parts) for parts in zip(near_ties("f32", 1500), near_cancellation("f32", 500), strict=True)
    ]
    a, b, c = (x.astype("f8") for x in columns)
    want = np.array([exact(*(float(x) for x in row), "f32") for row in zip(*columns, strict=True)], "f4")
    assert ((a * b + c).astype("f4") != want).sum() > 10
    columns = near_ties("f64", 1500)
    a, b, c = (x.astype(np.longdouble) for x in columns)
    want = np.array([exact(*(float(x) for x in row), "f64") for row in zip(*columns, strict=True)])
    with np.errstate(all="ignore"):
        assert ((a * b + c).astype("f8") != want).sum() > 10


@pytest.mark.parametrize("mode", ["rz", "rm", "rp"])
@pytest.mark.parametrize("opcode", ["add", "sub", "mul", "fma"])
def test_directed_rounding(opcode, mode):
    """The result is the neighbor of the exact value on the right side."""
    columns = [
        np.concatenate([interesting("f32", 600, k), np.random.default_rng(k).standard_normal(300, "f4")])
        for k in (1, 2, 3)
    ]
    columns = columns[: 3 if opcode == "fma" else 2]
    finite = np.isfinite(columns).all(axis=0)
    columns = [x[finite] for x in columns]
    operands = ", ".join(f"%a{k}" for k in range(len(columns)))
    (got,) = apply(f"{opcode}.{mode}.f32 %d0, {operands};", [("f32", x) for x in columns], "f32")
    for value, *row in zip(got, *columns, strict=True):
        a, b, *c = (Fraction(float(x)) for x in row)
        true = {"add": a + b, "sub": a - b, "mul": a * b}[opcode] if opcode != "fma" else a * b + c[0]
        down = mode == "rm" or (mode == "rz" and true > 0)
        largest = Fraction(float(np.finfo("f4").max))
        if np.isinf(value):
            assert abs(true) > largest and (value > 0) == (true > 0) and mode != "rz" and down == (true < 0)
            continue
        assert (Fraction(float(value)) <= true) if down else (Fraction(float(value)) >= true)
        with np.errstate(over="ignore"):
            other = np.nextafter(value, np.float32(np.inf if down else -np.inf))
        if np.isfinite(other) and Fraction(float(value)) != true:
            assert (Fraction(float(other)) > true) if down else (Fraction(float(other)) < true)


def test_numbers_without_extremes():
    """All of ordinary size: the way that is taken most, for float64 without Python's integers."""
    a, b, c = (np.random.default_rng(k).standard_normal(500) for k in (1, 2, 3))
    (got,) = apply("fma.rn.f64 %d0, %a0, %a1, %a2;", [("f64", a), ("f64", b), ("f64", c)], "f64")
    assert got.tolist() == [exact(*row, "f64") for row in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
    assert (got != a * b + c).any()
    (same,) = apply("mad.rn.f64 %d0, %a0, %a1, %a2;", [("f64", a), ("f64", b), ("f64", c)], "f64")
    assert same.tobytes() == got.tobytes()
