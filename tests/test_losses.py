"""Every loss in plain Python: gradient, limits, minimum, and the values of other libraries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from every_part import HUGE, POINTS, TARGETS, bounds, central, lose, loss_slope, named
from onnx_node import onnx_run
from scipy import special

from fastnn.parts import registry

LOSSES = [b for b in bounds("loss") if not b.part.rowwise]
ROW_LOSSES = [b for b in bounds("loss") if b.part.rowwise]


@named(LOSSES)
def test_gradient_is_that_of_the_loss(bound):
    for x, t in itertools.product(POINTS, TARGETS[bound.part.target]):
        numeric = central(lambda x, t=t: lose(bound, x, t), x)
        assert loss_slope(bound, x, t) == pytest.approx(numeric, rel=1e-6, abs=1e-7)


@named(LOSSES)
def test_loss_at_the_ends(bound):
    """Infinite predictions: the limit of the loss, which is what it is far out or infinite; never NaN."""
    for sign, t in itertools.product((-1.0, 1.0), TARGETS[bound.part.target]):
        far, beyond = lose(bound, sign * 600.0, t), lose(bound, sign * math.inf, t)
        assert beyond == (pytest.approx(far, abs=1e-12) if abs(far) < 1 else math.inf)
        assert not math.isnan(loss_slope(bound, sign * math.inf, t))
        for huge in HUGE:
            assert not math.isnan(lose(bound, sign * huge, t))
            assert not math.isnan(loss_slope(bound, sign * huge, t))
            with np.errstate(all="ignore"):
                single = lose(bound, np.float32(sign * min(huge, 3e38)), np.float32(t))
            assert not math.isnan(single)


@named(LOSSES)
def test_loss_keeps_nan(bound):
    for t in TARGETS[bound.part.target]:
        assert math.isnan(lose(bound, math.nan, t))
        assert math.isnan(lose(bound, t, math.nan)) and math.isnan(lose(bound, -0.3, math.nan))


@named(LOSSES)
def test_loss_has_one_minimum(bound):
    """What makes a function a loss: going away from the best prediction never lowers it."""
    for t in TARGETS[bound.part.target]:
        values = np.array([lose(bound, x, t) for x in np.linspace(-8, 8, 401)])
        steps = np.sign(np.diff(values).round(12))
        assert (np.diff(steps[steps != 0]) >= 0).all()


def test_losses_against_scipy():
    rng = np.random.default_rng(0)
    x, t = rng.normal(scale=3, size=(2, 100))

    def ours(choice, target):
        bound = registry.resolve("loss", choice)
        return [lose(bound, a, b) for a, b in zip(x, target, strict=True)]

    assert ours("mse", t) == pytest.approx((x - t) ** 2)
    assert ours("mae", t) == pytest.approx(abs(x - t))
    assert ours("huber", t) == pytest.approx(special.huber(1, x - t))
    assert ours("huber:delta=0.3", t) == pytest.approx(special.huber(0.3, x - t))
    assert ours("log_cosh", t) == pytest.approx(np.log(np.cosh(x - t)))
    assert ours("quantile", t) == pytest.approx(abs(x - t) / 2)
    assert ours("quantile:quantile=0.9", t) == pytest.approx(np.maximum(0.9 * (t - x), 0.1 * (x - t)))
    labels = (t > 0) * 1.0
    assert ours("binary_cross_entropy", labels) == pytest.approx(-np.log(special.expit((2 * labels - 1) * x)))
    assert ours("hinge", 2 * labels - 1) == pytest.approx(np.maximum(1 - (2 * labels - 1) * x, 0))
    counts = rng.poisson(2.0, 100) * 1.0
    assert ours("poisson", counts) == pytest.approx(np.exp(x) - counts * x)


@pytest.mark.parametrize("error", [1e-3, 1e-5, 1e-7])
def test_log_cosh_is_accurate_near_its_minimum(error):
    assert lose(registry.resolve("loss", "log_cosh"), error, 0.0) == pytest.approx(error**2 / 2, rel=1e-6, abs=1e-20)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("n", [1, 2, 10, 33])
def test_cross_entropy_is_pytorchs_definition(n, smoothing):
    rng = np.random.default_rng(n)
    bound = registry.resolve("loss", f"cross_entropy:label_smoothing={smoothing}")
    logits, target = rng.normal(scale=4, size=n), int(rng.integers(n))
    wanted = (1 - smoothing) * np.eye(n)[target] + smoothing / n
    assert lose(bound, logits, target) == pytest.approx(-wanted @ special.log_softmax(logits), abs=1e-12)
    out = np.full(n, np.nan)
    value = bound.part.gradient(logits, target, out, smoothing)
    assert value == pytest.approx(lose(bound, logits, target), abs=1e-12)
    assert out == pytest.approx(special.softmax(logits) - wanted, abs=1e-12)
    assert lose(bound, logits + 1e8, target) == pytest.approx(lose(bound, logits, target), abs=1e-6)


def test_cross_entropy_against_onnx():
    rng = np.random.default_rng(5)
    logits, targets = rng.normal(size=(31, 7)).astype(np.float32), rng.integers(7, size=31)
    (expected,) = onnx_run("SoftmaxCrossEntropyLoss", [logits, targets], 1, version=13, reduction="none")
    bound = registry.resolve("loss", "cross_entropy")
    ours = [lose(bound, row.astype(float), int(t)) for row, t in zip(logits, targets, strict=True)]
    assert ours == pytest.approx(expected, rel=1e-5)


@named(ROW_LOSSES)
@pytest.mark.parametrize("n", [1, 2, 17])
def test_row_gradient_is_that_of_the_loss(bound, n):
    rng = np.random.default_rng(n)
    row, out = rng.normal(size=n), np.full(n, np.nan)
    target = int(rng.integers(n)) if bound.part.target == "class" else rng.random(n)
    value = bound.part.gradient(row, target, out, *bound.values.values())
    assert value == pytest.approx(lose(bound, row, target), abs=1e-12)
    for j in range(n):
        numeric = central(lambda v, j=j: lose(bound, [*row[:j], v, *row[j + 1 :]], target), row[j])
        assert out[j] == pytest.approx(numeric, abs=1e-8)


def test_cross_entropy_at_the_ends():
    bound = registry.resolve("loss", "cross_entropy")
    assert lose(bound, [0.0, -math.inf, 0.0], 0) == pytest.approx(math.log(2))
    assert lose(bound, [0.0, -math.inf], 1) == math.inf
    assert lose(bound, [3e38, -3e38, 0.0], 0) == 0.0
    assert lose(bound, [3e38, -3e38, 0.0], 1) == pytest.approx(6e38)
    for row in ([math.nan, 1.0], [1.0, math.nan]):
        assert math.isnan(lose(bound, row, 0)) and math.isnan(lose(bound, row, 1))
        out = [0.0, 0.0]
        assert math.isnan(bound.part.gradient(row, 0, out, 0.0)) and np.isnan(out).all()
