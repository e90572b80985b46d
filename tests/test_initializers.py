"""Every initializer: moments, limits, seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import bounds, named

from fastnn.errors import UsageError
from fastnn.parts import registry

INITIALIZERS = bounds("initializer")


def draw(choice, shape: tuple[int, ...], seed: int = 0, fans: tuple[int, int] = (300, 200)) -> np.ndarray:
    bound = registry.resolve("initializer", choice)
    return bound.part.f(np.random.default_rng(seed), shape, *fans, **bound.values)


@named(INITIALIZERS)
def test_initializer_has_shape_and_dtype_and_follows_the_seed(bound):
    for shape in ((1, 1), (17, 33), (33, 17), (5,)):
        if bound.name == "orthogonal" and len(shape) == 1:
            continue
        fans = (shape[0], shape[-1])
        first, again, other = (draw(bound, shape, seed, fans) for seed in (1, 1, 2))
        assert first.shape == shape and first.dtype == np.float64 and np.isfinite(first).all()
        assert (first == again).all()
        assert len(np.unique(first)) == 1 or (first != other).any()


@pytest.mark.parametrize(
    ("choice", "mean", "variance"),
    [
        ("zeros", 0, 0),
        ("ones", 1, 0),
        ("constant:value=-0.5", -0.5, 0),
        ("uniform", 0.5, 1 / 12),
        ("uniform:low=-3,high=1", -1, 16 / 12),
        ("normal", 0, 1),
        ("normal:mean=2,std=0.1", 2, 0.01),
        ("truncated_normal", 0, 0.7737413),
        ("xavier_uniform", 0, 2 / 500),
        ("xavier_normal:gain=3", 0, 9 * 2 / 500),
        ("he_uniform", 0, 2 / 300),
        ("he_normal", 0, 2 / 300),
        ("kaiming_normal:slope=1", 0, 1 / 300),
        ("lecun_normal", 0, 1 / 300),
        ("orthogonal:gain=2", 0, 4 / 300),
    ],
)
def test_initializer_has_its_mean_and_variance(choice, mean, variance):
    w = draw(choice, (300, 200))
    assert w.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / w.size) + 1e-15)
    assert w.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize(
    ("choice", "low", "high"),
    [
        ("uniform", 0, 1),
        ("uniform:low=-3,high=1", -3, 1),
        ("truncated_normal", -2, 2),
        ("truncated_normal:mean=1,std=2,low=0.5,high=0.9", 0.5, 0.9),
        ("xavier_uniform:gain=2", -2 * math.sqrt(6 / 500), 2 * math.sqrt(6 / 500)),
        ("he_uniform", -math.sqrt(6 / 300), math.sqrt(6 / 300)),
    ],
)
def test_initializer_fills_its_limits(choice, low, high):
    w = draw(choice, (300, 200))
    assert low <= w.min() < low + 0.01 * (high - low) and high - 0.01 * (high - low) < w.max() <= high


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (33, 17), (31, 31)])
def test_orthogonal_is_orthogonal(shape):
    w = draw("orthogonal:gain=2", shape) / 2
    product = w @ w.T if shape[0] <= shape[1] else w.T @ w
    assert product == pytest.approx(np.eye(min(shape)), abs=1e-12)
    assert w.flags.c_contiguous


def test_orthogonal_is_evenly_distributed():
    """Over many draws the mean of each entry is 0, which without the signs it is not."""
    draws = np.array([draw("orthogonal", (3, 3), seed) for seed in range(2000)])
    assert abs(draws.mean(axis=0)).max() < 5 / math.sqrt(3 * 2000)


@pytest.mark.parametrize(
    ("choice", "shape", "message"),
    [
        ("orthogonal", (5,), r"shape \(5,\) is not allowed"),
        ("uniform:low=2,high=1", (5,), "low = 2 is not allowed: it must be at most high = 1"),
        ("truncated_normal:low=8,high=9", (5,), "at least 1% of the normal distribution"),
        ("truncated_normal:low=1,high=-1", (5,), "at least 1% of the normal distribution"),
    ],
)
def test_initializer_refuses(choice, shape, message):
    with pytest.raises(UsageError, match=message):
        draw(choice, shape)
