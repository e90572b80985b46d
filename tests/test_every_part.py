"""Every registered part as it is compiled: values, derivatives, types, machine code. There is no list to keep."""

from __future__ import annotations

import itertools
import platform
import re

import numpy as np
import pytest
from every_part import POINTS, bounds, named
from numba import types
from reference_rules import RULES

from fastnn import formula, ops
from fastnn.cpu import compiled, kernel
from fastnn.cpu.elementwise import activation_kernel
from fastnn.cpu.kernel import formula_jit
from fastnn.cpu.loss import loss_kernel
from fastnn.cpu.optimizer import formulas, update_kernel
from fastnn.parts import bind

ACTIVATIONS, LOSSES, OPTIMIZERS = bounds("activation"), bounds("loss"), bounds("optimizer")
ELEMENTWISE = [b for b in ACTIVATIONS if not b.part.rowwise]
ROWWISE = [b for b in ACTIVATIONS if b.part.rowwise]
PLAIN_LOSSES = [b for b in LOSSES if not b.part.rowwise]
RUNS = [
    bind(b.part, dict(zip(declared, values, strict=True)))
    for b in OPTIMIZERS
    for declared in [{n: p.choices for n, p in b.part.declared.items() if p.compile_time}]
    for values in itertools.product(*declared.values())
]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
TIGHT = {"float32": {"rtol": 3e-6, "atol": 3e-7}, "float64": {"rtol": 1e-12, "atol": 1e-13}}
SIZES = [0, 1, 17, 31, 33, 1023]
EXTREMES = [0.0, -0.0, 1e30, -1e30, np.inf, -np.inf, np.nan]


def plain(bound, x):
    """The formula as its author wrote it, number by number, in float64."""
    return np.array([bound.part.f(float(v), *bound.values.values()) for v in x])


def plain_slope(bound, x):
    found = []
    for v in map(float, x):
        slope = bound.part.derivative(v, bound.part.f(v, *bound.values.values()), *bound.values.values())
        found.append(slope[0] if isinstance(slope, tuple) else slope)
    return np.array(found)


def targets(bound, size, rng):
    draw = {
        "real": lambda: rng.normal(size=size), "positive": lambda: rng.uniform(0.5, 2, size),
        "count": lambda: rng.poisson(2.0, size), "binary": lambda: rng.integers(0, 2, size),
        "sign": lambda: rng.choice([-1, 1], size),
    }  # fmt: skip
    return draw[bound.part.target]().astype(np.float64)


# ---------------------------------------------------------------- activations


@DTYPES
@named(ELEMENTWISE)
def test_activation(bound, dtype):
    x = POINTS.astype(dtype)
    np.testing.assert_allclose(ops.activation(bound, x), plain(bound, x), **TIGHT[dtype])
    slopes = ops.activation_derivative(bound, x)
    np.testing.assert_allclose(slopes, plain_slope(bound, x), **TIGHT[dtype])
    assert ops.activation(bound, x).dtype == slopes.dtype == dtype
    if dtype == "float64":
        h = 1e-6
        differences = (ops.activation(bound, x + h) - ops.activation(bound, x - h)) / (2 * h)
        np.testing.assert_allclose(slopes, differences, rtol=1e-6, atol=1e-8)


@DTYPES
@named(ELEMENTWISE)
def test_activation_at_the_ends(bound, dtype):
    x = np.array(EXTREMES * 5, dtype)  # so many that vectors and what is left over both meet them
    found = ops.activation(bound, x)
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_allclose(found, plain(bound, x).astype(dtype), **TIGHT[dtype])
    assert np.isnan(found[np.isnan(x)]).all()
    assert np.isfinite(ops.activation_derivative(bound, x[~np.isnan(x)])).all()


@named(ELEMENTWISE)
def test_activation_sizes(bound):
    for size in SIZES:
        x = np.linspace(-3, 3, size, dtype=np.float32)
        expected = np.array([ops.activation(bound, x[i : i + 1])[0] for i in range(min(size, 40))], np.float32)
        np.testing.assert_allclose(ops.activation(bound, x)[:40], expected, rtol=1e-6, atol=1e-7)
        assert ops.activation(bound, x.reshape(1, size)).shape == (1, size)


@DTYPES
@named(ROWWISE)
def test_row_activation(bound, dtype):
    x = np.random.default_rng(0).normal(size=(17, 5)).astype(dtype)
    expected = np.zeros_like(x)
    for row, result in zip(x, expected, strict=True):
        bound.part.f(row, result, *bound.values.values())
    np.testing.assert_allclose(ops.activation(bound, x), expected, **TIGHT[dtype])


# ---------------------------------------------------------------- losses


@DTYPES
@named(PLAIN_LOSSES)
def test_loss(bound, dtype):
    rng = np.random.default_rng(1)
    for size in SIZES[1:]:
        z = rng.normal(size=(size, 1)).astype(dtype)
        y = targets(bound, (size, 1), rng).astype(dtype)
        values = list(bound.values.values())
        expected = [bound.part.f(float(a), float(b), *values) for a, b in zip(z[:, 0], y[:, 0], strict=True)]
        slopes = [bound.part.gradient(float(a), float(b), *values) for a, b in zip(z[:, 0], y[:, 0], strict=True)]
        assert ops.loss(bound, z, y) == pytest.approx(np.mean(expected), rel=1e-5 if dtype == "float32" else 1e-12)
        assert ops.loss(bound, z, y, reduction="sum") == pytest.approx(np.sum(expected), rel=1e-5)
        gradient = ops.loss_gradient(bound, z, y, reduction="sum")
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient[:, 0], slopes, **TIGHT[dtype])
        np.testing.assert_allclose(ops.loss_gradient(bound, z, y), gradient / size, rtol=1e-6)


@named(LOSSES)
def test_loss_gradient_is_that_of_the_loss(bound):
    rng = np.random.default_rng(2)
    z = rng.normal(size=(9, 4)) + 0.0137
    classes = bound.part.target == "class"
    y = rng.integers(0, 4, 9) if classes else targets(bound, (9, 4), rng)
    gradient, h = ops.loss_gradient(bound, z, y), 1e-6
    for i, j in np.ndindex(z.shape):
        above, below = z.copy(), z.copy()
        above[i, j] += h
        below[i, j] -= h
        slope = (ops.loss(bound, above, y) - ops.loss(bound, below, y)) / (2 * h)
        assert gradient[i, j] == pytest.approx(slope, rel=1e-5, abs=1e-8)


@DTYPES
@named(LOSSES)
def test_loss_shows_nan(bound, dtype):
    z = np.full((3, 4), np.nan, dtype)
    y = np.zeros(3) if bound.part.target == "class" else np.ones((3, 4))
    assert np.isnan(ops.loss(bound, z, y))


# ---------------------------------------------------------------- optimizers


@DTYPES
@named(RUNS)
def test_optimizer(bound, dtype):
    rng = np.random.default_rng(50)
    p = rng.normal(size=33)
    gradients = (rng.normal(size=(50, 33)) * 10.0 ** rng.integers(-4, 3, size=33)).astype(dtype)
    start = p.astype(dtype)
    expected = RULES[bound.name](start.astype(np.float64), gradients.astype(np.float64), **bound.values)
    ours, optimizer = start.copy(), ops.optimizer(bound)
    for reference, gradient in zip(expected, gradients, strict=True):
        optimizer.step(ours, gradient)
        tolerance = {"rtol": 1e-9, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-5}
        np.testing.assert_allclose(ours, reference, **tolerance)
    assert ours.dtype == dtype and (ours != start).all()


# ---------------------------------------------------------------- types and machine code


def returned(unit, arguments):
    """What a compiled unit returns for float32 (and integer) arguments."""
    function = unit.build(formula_jit)
    function.compile(tuple(arguments))
    (overload,) = function.overloads.values()
    result = overload.signature.return_type
    return set(result.types) if isinstance(result, types.BaseTuple) else {result}


@named(ELEMENTWISE + PLAIN_LOSSES + RUNS)
def test_float32_in_float32_out(bound):
    single, part = types.float32, bound.part
    if part.kind == "optimizer":
        unit, _, scalars = formulas(bound, "float32")
        count = 2 + len(unit.state) + len(bound.numbers) + scalars
    elif part.kind == "loss":
        unit, count = formula.loss_unit(bound, "float32"), 2 + len(bound.numbers)
    else:
        unit, count = formula.activation_unit(bound, "float32"), 1 + len(bound.numbers)
    assert returned(unit, [single] * count) == {single}


@pytest.fixture
def fresh(monkeypatch):
    """Compile instead of loading: a loaded kernel has no assembly to read."""
    monkeypatch.setattr(compiled, "load", lambda entry: None)
    monkeypatch.setattr(kernel, "_BUILT", {})


def assembly(bound):
    kind = bound.part.kind
    if kind == "activation":
        made = activation_kernel.__wrapped__(bound, "float32")
    elif kind == "loss":
        made = loss_kernel.__wrapped__(bound, "float32")
    else:
        unit, _, count = formulas(bound, "float32")
        made = update_kernel(bound, unit, count, "float32")
    return made._library.get_asm_str()


DOUBLE = re.compile(r"\bv?(?:(?:add|sub|mul|div|sqrt|max|min|fn?m(?:add|sub)\d*)[sp]d|cvts[si]2sd\w?|cvtps2pd)\b")
LIBRARY = re.compile(r"\b(?:call|jmp)q?\s+\*?\w*(?:exp|log|tanh|erf|pow|sin|cos)\w*", re.I)
PACKED = re.compile(r"\bv?\w+ps\s.*%?[yz]mm")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the assembly of other machines is not read")
@named(ELEMENTWISE + LOSSES + RUNS)
def test_machine_code(bound, fresh):
    text = assembly(bound)
    assert not DOUBLE.findall(text), "float64 arithmetic in a float32 loop"
    assert not LIBRARY.findall(text), "a call of the C library in the loop"
    wide = PACKED.findall(text)
    assert len(wide) >= 2, "the loop is not vectorised"
