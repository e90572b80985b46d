"""The compiled functions against float64 (for float32), long double (for float64) and the plain Python ones."""

from __future__ import annotations

import functools
import itertools
import math
import re

import numba
import numpy as np
import pytest
from scipy import special

import fastnn.cpu.mathematics  # noqa: F401  (registers what is tested)
from fastnn import mathematics
from fastnn.cpu.machine_code import FEATURES
from fastnn.mathematics import erf, softplus, tanh

OPTIONS = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
TWO = {"pow", "copysign"}
TESTS = {"isnan", "isfinite"}
ANGLES = {"float32": np.inf, "float64": 4.4e14}
"""How far sin and cos go."""

WITH_FMA = pytest.mark.skipif("+fma" not in FEATURES, reason="not x86, or an x86 processor without FMA")

EXACT = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-abs(x))),
    "erf": None,
    "sin": np.sin,
    "cos": np.cos,
    "floor": np.floor,
}
ERROR = re.compile(r"Error: at most ([\d.]+) ulp in float32, ([\d.]+) ulp in float64")
STATED = {
    name: {"float32": float(found[1]), "float64": float(found[2])}
    for name in mathematics.__all__
    if (found := ERROR.search(getattr(mathematics, name).__doc__))
}
"""The errors that the docstrings allow, in ulp."""


def compile_loop(f, dtype, **options):
    """A compiled loop over arrays: out[i] = f(x[i]) or f(x[i], y[i])."""
    result = "boolean" if f.__name__ in TESTS else dtype
    if f.__name__ in TWO:

        def loop(x, y, out):
            for i in range(out.size):
                out[i] = f(x[i], y[i])

        arguments = f"{dtype}[::1], {dtype}[::1]"
    else:

        def loop(x, out):
            for i in range(out.size):
                out[i] = f(x[i])

        arguments = f"{dtype}[::1]"
    return numba.njit(f"void({arguments}, {result}[::1])", **{**OPTIONS, **options})(loop)


@functools.cache
def compiled(name, dtype):
    return compile_loop(getattr(mathematics, name), dtype)


def evaluate(name, *arguments):
    out = np.empty(arguments[0].shape, bool if name in TESTS else arguments[0].dtype)
    compiled(name, str(arguments[0].dtype))(*arguments, out)
    return out


def errors(got, expected):
    """Errors in units in the last place of got's type; half a unit where the rounded reference is reached."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(got.dtype)
        finite = np.isfinite(rounded) & (rounded != 0)
        unit = np.spacing(np.where(finite, abs(rounded), np.finfo(got.dtype).tiny))
        error = np.asarray(abs(got.astype(expected.dtype) - expected) / unit, np.float64)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    error = np.where(same, np.minimum(np.nan_to_num(error, posinf=0), 0.5), error)
    return np.where(np.isnan(error), np.inf, error)


def reference(name, x):
    """The function in the next wider type."""
    with np.errstate(all="ignore"):
        if name == "erf":  # there is no long double one
            return special.erf(x.astype(np.float64)) if x.dtype == np.float32 else np.vectorize(math.erf)(x)
        return EXACT[name](x.astype(np.float64 if x.dtype == np.float32 else np.longdouble))


def reachable(name, x):
    """Without angles that sin and cos do not take."""
    return x[~(abs(x) > ANGLES[str(x.dtype)])] if name in ("sin", "cos") else x


@pytest.mark.parametrize("name", EXACT)
def test_float32_is_accurate_over_the_whole_range(name):
    rng = np.random.default_rng(0)
    bits = np.arange(0, 2**32, 509, dtype=np.uint64).astype(np.uint32)
    usual = np.concatenate([rng.normal(size=100_000), rng.uniform(-105, 90, 100_000), np.exp(rng.normal(size=50_000))])
    angles = np.arange(-50_000, 50_000) * (np.pi / 2)
    x = reachable(name, np.concatenate([bits.view(np.float32), usual.astype(np.float32), angles.astype(np.float32)]))
    got, expected = evaluate(name, x), reference(name, x)
    error = errors(got, expected)
    if name == "sigmoid":  # no denormal results
        error[(expected < np.finfo(np.float32).tiny) & (got == 0)] = 0
    worst = np.argmax(error)
    assert error[worst] <= STATED[name]["float32"], (x[worst], got[worst], expected[worst])


@pytest.mark.parametrize("name", EXACT)
def test_float64_is_accurate(name):
    rng = np.random.default_rng(1)
    bits = rng.integers(-(2**63), 2**63, 40_000)
    usual = [rng.normal(size=40_000), rng.uniform(-750, 715, 20_000), rng.normal(size=10_000) * 1e-3]
    if name == "erf":
        usual = [np.linspace(-6, 6, 20_000)]
    x = reachable(name, np.concatenate([bits.view(np.float64), *usual, np.arange(-9_000, 9_000) * (np.pi / 2)]))
    got, expected = evaluate(name, x), reference(name, x)
    error = errors(got, expected)
    if name == "sigmoid":
        error[(expected < np.finfo(np.float64).tiny) & (got == 0)] = 0
    worst = np.argmax(error)
    assert error[worst] <= STATED[name]["float64"], (x[worst], got[worst], expected[worst])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_cdf_is_accurate(dtype):
    """Above 1/2 as others, below absolutely, the more so further out, where gelu multiplies it with -x."""
    bits = np.arange(0, 2**32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = np.concatenate([bits[~np.isnan(bits)].astype(dtype), np.linspace(-12, 12, 200_001).astype(dtype)])
    got, expected = evaluate("normal_cdf", x), special.ndtr(x.astype(np.float64))
    error = abs(got - expected) * np.clip(-x, 1, 12)
    worst = np.argmax(error)
    assert error[worst] <= np.finfo(dtype).eps * (1.5 if dtype == "float32" else 4), (x[worst], got[worst])
    assert (got[x < -12] == 0).all() and (got[x > 12] == 1).all()


@pytest.mark.parametrize(("dtype", "wider"), [("float32", np.float64), ("float64", np.longdouble)])
def test_pow_is_accurate(dtype, wider):
    rng = np.random.default_rng(2)
    n = 200_000
    x = np.exp(np.concatenate([rng.uniform(-103, 88, n), rng.normal(size=n) * 0.4, rng.normal(size=n) * 1e-3]))
    x = x.astype(dtype)
    with np.errstate(divide="ignore"):
        y = rng.uniform(-104, 89, 3 * n) / np.log(x.astype(np.float64))
    y[::5] = rng.integers(-5, 6, y[::5].size)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)].astype(dtype)
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(wider), y.astype(wider))
    error = errors(evaluate("pow", x, y), expected)
    worst = np.argmax(error)
    assert error[worst] <= STATED["pow"][dtype], (x[worst], y[worst], expected[worst])


SPECIAL = [0.0, 1.0, 0.5, 2.0, 2.5, 3.0, 88.8, 104.5, 150.0, 709.9, 746.0, 3e38, 1e300, 1e-30, 1e-40, 1e-310]
SPECIAL = [*SPECIAL, *(-x for x in SPECIAL), math.inf, -math.inf, math.nan, 16777217.0, 33554432.0]


SMALL = {"sigmoid": lambda info: info.tiny, "normal_cdf": lambda info: info.eps}
"""Absolute errors that are allowed, where it is not the smallest number."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", mathematics.__all__)
def test_zeros_infinities_and_nan_as_in_python(name, dtype):
    with np.errstate(over="ignore"):
        values = np.array(SPECIAL).astype(dtype)
    values = reachable(name, values)
    arguments = [np.array(a) for a in zip(*itertools.product(values, values), strict=True)] if name in TWO else [values]
    got = evaluate(name, *arguments)
    f = getattr(mathematics, name)
    expected = np.array([f(*(float(v) for v in row)) for row in zip(*arguments, strict=True)])
    with np.errstate(over="ignore"):
        expected = expected.astype(got.dtype)
    if name in TESTS:
        np.testing.assert_array_equal(got, expected)
        return
    info = np.finfo(dtype)
    np.testing.assert_allclose(
        got, expected, rtol=4 * info.eps, atol=SMALL.get(name, lambda info: info.smallest_subnormal)(info)
    )
    number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[number]), np.signbit(expected[number]))
    exact = np.isin(abs(expected), (0.0, 1.0, np.inf)) | np.any([np.isinf(a) | (a == 0) for a in arguments], axis=0)
    np.testing.assert_array_equal(got[exact], expected[exact])


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize(("dtype", "angles"), [("float32", [np.inf, -np.inf]), ("float64", [4.9e14, -1e300, np.inf])])
def test_angles_that_cannot_be_reduced_are_nan(name, dtype, angles):
    assert np.isnan(evaluate(name, np.array(angles, dtype))).all()


@pytest.mark.parametrize("name", ["exp", "log1p", "erf", "normal_cdf", "sin"])
def test_bits_do_not_depend_on_the_callers_fast_math(name):
    x = np.random.default_rng(3).normal(size=10_007).astype(np.float32) * 3
    expected = evaluate(name, x)
    for flags in (False, {"contract", "reassoc", "nsz", "arcp"}):
        out = np.empty_like(x)
        compile_loop(getattr(mathematics, name), "float32", fastmath=flags)(x, out)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("argument", [np.float32(2), 2.0, 2, np.int32(2), np.uint8(2), True])
def test_float32_stays_and_all_else_is_float64(argument):
    @numba.njit
    def f(x):
        return mathematics.exp(x)

    assert f(argument) == pytest.approx(math.exp(argument))
    (signature,) = f.nopython_signatures
    assert signature.return_type == (numba.float32 if isinstance(argument, np.float32) else numba.float64)


def test_a_text_is_refused():
    @numba.njit
    def f(x):
        return mathematics.exp(x)

    with pytest.raises(numba.TypingError, match="exp"):
        f("1")


@numba.njit
def mish(x):
    return x * tanh(softplus(x))


@numba.njit
def gelu(x):
    return np.float32(0.5) * x * (np.float32(1.0) + erf(x * np.float32(0.70710678)))


def assembly(loop):
    return next(iter(loop.inspect_asm().values()))


@WITH_FMA
@pytest.mark.parametrize("name", [*mathematics.__all__, "mish", "gelu"])
def test_float32_loops_are_vector_code_without_calls_or_float64(name):
    own = {"mish": mish, "gelu": gelu}.get(name)
    asm = assembly(compile_loop(own, "float32") if own else compiled(name, "float32"))
    assert re.search(r"\bv(?:\w+ps|pternlog\w+|fpclassps\w*)\b.*%[yz]mm", asm), "no vector instructions"
    assert not re.search(r"\bv?(?:mul|add|sub|div|sqrt|f?n?m(?:add|sub)\d+|cvt\w+2)[ps]d\b", asm), "float64 arithmetic"
    assert not re.search(r"[@$\s](?:exp|expm1|log|log1p|tanh|erf|sin|cos|pow|floor|fma)f?\b", asm), "libm"


def test_composites_are_accurate():
    x = np.random.default_rng(4).normal(size=10_007).astype(np.float32) * 2
    wide = x.astype(np.float64)
    for f, expected in (
        (mish, wide * np.tanh(np.log1p(np.exp(wide)))),
        (gelu, wide * 0.5 * (1 + special.erf(wide * math.sqrt(0.5)))),
    ):
        out = np.empty_like(x)
        compile_loop(f, "float32")(x, out)
        np.testing.assert_allclose(out, expected, rtol=5e-7, atol=5e-7)
