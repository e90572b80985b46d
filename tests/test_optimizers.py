"""Every optimizer in plain Python, against independent rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import bounds, choices, named
from reference_rules import RULES

from fastnn import ops
from fastnn.errors import UsageError
from fastnn.parts import registry
from fastnn.parts.kinds import Bound, Optimizer, bind

OPTIMIZERS = bounds("optimizer")


def run(bound: Bound, p: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The rule in plain Python, number by number: parameters after every step."""
    p = [float(v) for v in p]
    states = [list(bound.part.state.values()) for _ in p]
    trajectory = []
    for t, g in enumerate(gradients, 1):
        scalars = bound.part.scalar_values(t, bound.values)
        for k in range(len(p)):
            p[k], *states[k] = bound.part.f(p[k], float(g[k]), *states[k], *bound.values.values(), *scalars)
        trajectory.append(list(p))
    return np.array(trajectory)


RUNS = [c for b in OPTIMIZERS for c in choices(b)]


@named(RUNS)
def test_optimizer_against_its_reference_rule(bound):
    rng = np.random.default_rng(50)
    p = rng.normal(size=17)
    gradients = rng.normal(size=(50, 17)) * 10.0 ** rng.integers(-4, 3, size=17)
    assert bound.name in RULES, f"{bound.name} needs a rule of its own in reference_rules.py, from its source"
    expected = np.array(list(RULES[bound.name](p, gradients, **bound.values)))
    ours = run(bound, p, gradients)
    assert ours == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert (ours != p).any(axis=0).all(), "a parameter has not moved"


@named(RUNS)
def test_optimizer_with_other_hyperparameters(bound):
    rng = np.random.default_rng(51)
    others = {"lr": 0.05, "momentum": 0.7, "beta1": 0.6, "beta2": 0.95, "rho": 0.8, "eps": 1e-3}
    others |= {"weight_decay": 0.2, "momentum_decay": 0.5}
    bound = bind(bound.part, {**bound.values, **{n: v for n, v in others.items() if n in bound.values}})
    p, gradients = rng.normal(size=5), rng.normal(size=(50, 5))
    expected = np.array(list(RULES[bound.name](p, gradients, **bound.values)))
    assert run(bound, p, gradients) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@named(RUNS)
def test_optimizer_finds_the_bottom_of_a_bowl(bound):
    bound = bind(bound.part, {**bound.values, "lr": 1.0 if bound.name == "adadelta" else 0.02})
    p, states = 1.0, list(bound.part.state.values())
    for t in range(1, 1501):
        scalars = bound.part.scalar_values(t, bound.values)
        p, *states = bound.part.f(p, 2.0 * p, *states, *bound.values.values(), *scalars)
    assert abs(p) < 0.1


@named(RUNS)
def test_optimizer_shows_a_gradient_of_nan(bound):
    result = run(bound, np.ones(1), np.array([[1.0], [math.nan], [1.0]]))
    assert not np.isnan(result[0]).any() and np.isnan(result[1:]).all()


@named(RUNS)
def test_optimizer_with_a_gradient_of_zero_stays(bound):
    """But for weight decay, which is told apart."""
    values = {n: (0.0 if n == "weight_decay" else v) for n, v in bound.values.items()}
    assert (run(bind(bound.part, values), np.ones(2), np.zeros((5, 2))) == 1.0).all()


def test_gd_is_for_whole_data_sets_only():
    assert {b.name for b in OPTIMIZERS if b.part.batch == "full"} == {"gd"}


def test_lecture_forms():
    """AdaGrad and "AdaDelta" with epsilon inside of the root, one step by hand."""
    adagrad = registry.resolve("optimizer", "adagrad:lr=0.5,eps=0.01,eps_inside=true")
    assert run(adagrad, np.array([1.0]), np.array([[0.3]]))[0, 0] == pytest.approx(
        1 - 0.5 / math.sqrt(0.01 + 0.09) * 0.3
    )
    adadelta = registry.resolve("optimizer", "rmsprop:lr=0.5,rho=0.9,eps=0.01,eps_inside=true")
    assert run(adadelta, np.array([1.0]), np.array([[0.3]]))[0, 0] == pytest.approx(
        1 - 0.5 / math.sqrt(0.1 * 0.09 + 0.01) * 0.3
    )


def test_scalars_stay_cheap_and_finite_after_a_million_steps():
    for bound in OPTIMIZERS:
        assert all(math.isfinite(s) for s in bound.part.scalar_values(10**6, bound.values))
    calls = 0

    class Counting(float):
        def __mul__(self, other):
            nonlocal calls
            calls += 1
            return Counting(float(self) * other)

    nadam = registry.get("optimizer", "nadam")
    nadam.scalars(10**6, 2e-3, Counting(0.9), 0.999, 4e-3)
    assert calls < 1000


def test_nadams_product_may_end_early():
    """Where the product no longer matters, the scalars equal those of the whole product."""
    bound = registry.resolve("optimizer", "nadam")
    rng = np.random.default_rng(0)
    p, gradients = rng.normal(size=1), rng.normal(size=(300, 1))
    expected = np.array(list(RULES["nadam"](p, gradients, **bound.values)))
    assert run(bound, p, gradients) == pytest.approx(expected, rel=1e-12)


def test_radam_without_enough_memory_is_never_rectified():
    bound = registry.resolve("optimizer", "radam:beta2=0.5")
    assert {bound.part.scalar_values(t, bound.values)[1] for t in range(1, 100)} == {0.0}


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        ("sgd:lr=-1", "a number of at least 0"),
        ("momentum:momentum=-0.1", "a number of at least 0"),
        ("nesterov:momentum=0", "a number above 0"),
        ("adam:beta1=1", "a number of at least 0 and below 1"),
        ("adam:beta2=-0.1", "a number of at least 0 and below 1"),
        ("adamw:weight_decay=-1", "a number of at least 0"),
        ("adadelta:rho=1.1", "a number from 0 to 1"),
        ("adagrad:eps=-1", "a number of at least 0"),
        ("rmsprop:centered=2", "one of false, true"),
    ],
)
def test_what_pytorch_rejects_is_rejected(choice, allowed):
    with pytest.raises(UsageError, match=f"is not allowed: it must be {allowed}"):
        registry.resolve("optimizer", choice)


def rule(p, g, m, a, b):
    return p - a * g * b, m


def test_one_rule_with_its_numbers_from_two_places():
    """A hyperparameter in one optimizer, a per-step scalar in the other: two kernels."""
    one = Optimizer("one", rule, hyper={"a": 0.1, "b": 3.0})
    other = Optimizer("other", rule, hyper={"a": 0.1}, scalars=half)
    for optimizer, expected in ((one, 0.7), (other, 0.95), (one, 0.7)):
        p = np.ones(4)
        ops.optimizer(optimizer).step(p, np.ones(4))
        assert p == pytest.approx(np.full(4, expected))


def half(t, a):
    return 0.5
