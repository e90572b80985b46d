"""Every activation, loss and initializer as it is compiled, in float32 and float64: new parts are included.

They pass the checks that a plugin has to pass, which compare derivatives with differences in float64. What is compiled
is compared with the same formula in plain Python, whose values are tested in test_activations.py and test_losses.py.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from every_part import (
    POINTS,
    TARGETS,
    activate,
    bounds,
    central,
    choices,
    fill,
    lose,
    loss_slope,
    named,
    other,
    single,
    slopes,
)  # fmt: skip
from run_kernels import DTYPES, PIECES

import fastnn
from fastnn import ops
from fastnn.parts import registry
from fastnn.parts.kinds import Bound
from fastnn.testing.kernels import run_activation, run_loss, run_row_backward

ALL = {kind: [c for b in bounds(kind) for c in choices(b)] for kind in ("activation", "loss", "initializer")}
ACTIVATIONS, ROW_ACTIVATIONS = ([b for b in ALL["activation"] if b.part.rowwise is rows] for rows in (False, True))
LOSSES, ROW_LOSSES = ([b for b in ALL["loss"] if b.part.rowwise is rows] for rows in (False, True))

CLOSE = {"float32": {"rel": 2e-6, "abs": 1e-6}, "float64": {"rel": 1e-12, "abs": 1e-13}}
ENDS = [0.0, 1e-30, -1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan]


def settings(bound: Bound, dtype: str) -> list[Bound]:
    """The part with its defaults and with other values, which are not compiled again, as exact as in the dtype."""
    return [single(b) if dtype == "float32" else b for b in (bound, other(bound))]


def rounded(values, dtype: str) -> np.ndarray:
    """Exact results as the dtype holds them: beyond its largest number is infinity."""
    with np.errstate(over="ignore"):
        return np.array(values, float).astype(dtype)


@pytest.mark.parametrize("part", [part for part, _ in registry.parts()], ids=lambda part: f"{part.kind} {part.name}")
def test_part_passes_the_checks_of_plugins(part):
    fastnn.testing.check(part)


@DTYPES
@named(ACTIVATIONS)
def test_activation(bound, dtype):
    x = POINTS.astype(dtype)
    for b in settings(bound, dtype):
        y, slope, learnt = run_activation(b, x)
        assert y == pytest.approx(np.array([activate(b, v) for v in x.tolist()]), **CLOSE[dtype])
        formula = np.array([slopes(b, v) for v in x.tolist()]).T
        assert np.vstack([slope, learnt]) == pytest.approx(formula, **CLOSE[dtype])
        assert ops.activation(b, x).dtype == ops.activation_derivative(b, x).dtype == dtype
        assert ops.activation(b, x[:0]).shape == (0,)
        assert (ops.activation(b, x.reshape(1, -1)) == y).all() and (ops.activation_derivative(b, x) == slope).all()


@DTYPES
@named(ACTIVATIONS)
def test_activation_at_the_ends(bound, dtype):
    """The formula's own values, to which test_activations.py holds limits; NaN comes out where NaN went in."""
    x = np.array(ENDS, dtype)
    y, slope, learnt = run_activation(bound, x)
    exact = single(bound) if dtype == "float32" else bound
    assert y == pytest.approx(rounded([activate(exact, v) for v in x.tolist()], dtype), **CLOSE[dtype], nan_ok=True)
    formula = rounded([slopes(exact, v) for v in x.tolist()], dtype).T
    assert np.vstack([slope, learnt]) == pytest.approx(formula, **CLOSE[dtype], nan_ok=True)
    assert np.isnan(y).tolist() == np.isnan(x).tolist()
    assert np.isfinite(slope[~np.isnan(x)]).all()


@DTYPES
@named(ACTIVATIONS)
def test_activation_has_equal_bits_in_pieces(bound, dtype):
    """However the work is divided; and with or without derivatives."""
    x = np.random.default_rng(0).normal(scale=4, size=1023).astype(dtype)
    whole = run_activation(bound, x)
    pieces = [run_activation(bound, x[low:high]) for low, high in PIECES]
    for number, result in enumerate(whole):
        assert np.concatenate([p[number] for p in pieces], axis=-1).tobytes() == result.tobytes()
    assert run_activation(bound, x, derivatives=False)[0].tobytes() == whole[0].tobytes()


@DTYPES
@named(ROW_ACTIVATIONS)
@pytest.mark.parametrize("columns", [1, 2, 17, 33])
def test_row_activation(bound, dtype, columns):
    rng = np.random.default_rng(columns)
    x, dy = rng.normal(scale=3, size=(2, 5, columns)).astype(dtype)
    for b in settings(bound, dtype):
        y = ops.activation(b, x)
        assert y.dtype == dtype
        assert y == pytest.approx(np.array([fill(b, row) for row in x.tolist()]), **CLOSE[dtype])
        dx = run_row_backward(b, x, y, dy)
        for i, j in np.ndindex(x.shape):
            row = x[i].tolist()
            slope = central(lambda v, i=i, j=j, row=row, b=b: dy[i] @ fill(b, [*row[:j], v, *row[j + 1 :]]), row[j])
            assert dx[i, j] == pytest.approx(slope, rel=1e-5, abs=2e-6 if dtype == "float32" else 1e-8)
    for end in ENDS:
        rows = np.array([[end] * columns, [*x[0, 1:], end]], dtype)
        exact = [fill(bound, row) for row in rows.tolist()]
        assert ops.activation(bound, rows) == pytest.approx(rounded(exact, dtype), **CLOSE[dtype], nan_ok=True)


def targets(bound: Bound, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Random targets of the kind that the loss takes."""
    if bound.part.target == "class":
        return rng.integers(shape[1], size=shape[0])
    return rng.choice(TARGETS[bound.part.target], shape)


@DTYPES
@named(LOSSES)
@pytest.mark.parametrize("columns", [1, 5])
def test_loss(bound, dtype, columns):
    z = np.resize(POINTS, (31, columns)).astype(dtype)
    y = targets(bound, z.shape, np.random.default_rng(columns)).astype(dtype)
    pairs = list(zip(z.ravel().tolist(), y.ravel().tolist(), strict=True))
    for b in settings(bound, dtype):
        exact = np.array([lose(b, p, t) for p, t in pairs]).reshape(z.shape)
        losses, gradient = run_loss(b, z, y, 1.0)
        assert losses == pytest.approx(exact.sum(axis=1), **CLOSE[dtype])
        assert run_loss(b, z, y, 1.0, gradient=False)[0].tobytes() == losses.tobytes()
        assert gradient.ravel() == pytest.approx([loss_slope(b, p, t) for p, t in pairs], **CLOSE[dtype])
        assert (run_loss(b, z, y, 0.25)[1] == gradient * 0.25).all()
        assert ops.loss(b, z, y) == pytest.approx(exact.mean(), rel=1e-6)
        assert ops.loss(b, z, y, reduction="sum") == pytest.approx(exact.sum(), rel=1e-6)
        assert (ops.loss_gradient(b, z, y, reduction="sum") == gradient).all()
        mean = ops.loss_gradient(b, z, y)
        assert mean == pytest.approx(gradient / z.size, rel=1e-6) and mean.dtype == dtype


@DTYPES
@named(LOSSES)
def test_loss_at_the_ends(bound, dtype):
    z, y = np.array(list(itertools.product(ENDS, TARGETS[bound.part.target])), dtype).T[:, :, None].copy()
    pairs = list(zip(z.ravel().tolist(), y.ravel().tolist(), strict=True))
    exact = single(bound) if dtype == "float32" else bound
    losses, gradient = run_loss(exact, z, y, 1.0)
    assert losses == pytest.approx(rounded([lose(exact, p, t) for p, t in pairs], dtype), **CLOSE[dtype], nan_ok=True)
    formula = rounded([loss_slope(exact, p, t) for p, t in pairs], dtype)
    assert gradient.ravel() == pytest.approx(formula, **CLOSE[dtype], nan_ok=True)
    assert np.isnan(losses).tolist() == np.isnan(z).ravel().tolist()


@DTYPES
@named(LOSSES + ROW_LOSSES)
def test_loss_has_equal_bits_in_pieces(bound, dtype):
    rng = np.random.default_rng(1)
    z = rng.normal(scale=4, size=(1023, 3)).astype(dtype)
    y = targets(bound, z.shape, rng).astype(dtype)
    whole = run_loss(bound, z, y, 0.1)
    pieces = [run_loss(bound, z[low:high], y[low:high], 0.1) for low, high in PIECES]
    for number, result in enumerate(whole):
        assert np.concatenate([p[number] for p in pieces]).tobytes() == result.tobytes()


@DTYPES
@named(ROW_LOSSES)
@pytest.mark.parametrize("columns", [1, 2, 17, 33])
def test_row_loss(bound, dtype, columns):
    rng = np.random.default_rng(columns)
    z = rng.normal(scale=3, size=(5, columns)).astype(dtype)
    y = targets(bound, z.shape, rng)
    for b in settings(bound, dtype):
        exact = [lose(b, row, t) for row, t in zip(z.tolist(), y.tolist(), strict=True)]
        losses, gradient = run_loss(b, z, y.astype(dtype), 1.0)
        assert losses == pytest.approx(exact, **CLOSE[dtype])
        assert ops.loss(b, z, y) == pytest.approx(np.mean(exact), **CLOSE[dtype])
        assert (ops.loss_gradient(b, z, y, reduction="sum") == gradient).all()
        for i, j in np.ndindex(z.shape):
            row, t = z[i].tolist(), y[i].tolist()
            slope = central(lambda v, j=j, row=row, t=t, b=b: lose(b, [*row[:j], v, *row[j + 1 :]], t), row[j])
            assert gradient[i, j] == pytest.approx(slope, rel=1e-5, abs=2e-6 if dtype == "float32" else 1e-8)
    for end in ENDS:
        rows = np.array([[end] * columns, [*z[0, 1:], end]], dtype)
        exact = [lose(bound, row, t) for row, t in zip(rows.tolist(), y.tolist(), strict=False)]
        losses, gradient = run_loss(bound, rows, y[:2].astype(dtype), 1.0)
        assert losses == pytest.approx(rounded(exact, dtype), **CLOSE[dtype], nan_ok=True)
        assert np.isnan(gradient).all(axis=1).tolist() == np.isnan(losses).tolist()


@named(ALL["initializer"])
def test_initializer(bound):
    """Mean and variance do not depend on the seed (test_initializers.py knows their values)."""
    for shape in ((1, 1), (17, 33), (33, 17), (80, 50)):
        first, third = (ops.initialize(bound, shape, seed) for seed in (1, 2))
        assert first.shape == shape and first.dtype == np.float64
        assert len(np.unique(first)) == 1 or (first != third).any()
        count = first.size
    assert first.mean() == pytest.approx(third.mean(), abs=5 * (first.std() + third.std()) / count**0.5)
    assert first.var() == pytest.approx(third.var(), rel=0.2)


@DTYPES
@named(ALL["initializer"])
def test_initializer_of_a_network(bound, dtype):
    """Both dtypes begin with the same numbers, in the shape (fan_in, fan_out); the seed alone decides."""
    sizes = [7, 33, 17]
    first, again = (fastnn.Network(sizes, initializer=bound, dtype=dtype, seed=3) for _ in range(2))
    wide = fastnn.Network(sizes, initializer=bound, dtype="float64", seed=3)
    for (w, b), (same, _), (exact, _), shape in zip(
        first.weights, again.weights, wide.weights, [(7, 33), (33, 17)], strict=True
    ):
        assert w.shape == shape and b.shape == shape[1:] and w.dtype == b.dtype == dtype
        assert w.tobytes() == same.tobytes() == exact.astype(dtype).tobytes()
