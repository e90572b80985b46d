"""Every optimizer as it is compiled, in float32 and float64, against rules that share no code with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from every_part import bounds, choices, named, other, single
from onnx_node import training_step
from reference_rules import RULES
from run_kernels import DTYPES, PIECES

from fastnn import ops
from fastnn.kernels.optimizer import formulas
from fastnn.parts import registry
from fastnn.parts.kinds import Bound
from fastnn.testing.kernels import run_update

OPTIMIZERS = [c for b in bounds("optimizer") for c in choices(b)]
STEPS = 50


def trajectory(bound: Bound, p: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The parameters after every step, by the compiled rule."""
    optimizer, p, result = ops.optimizer(bound), p.copy(), []
    for g in gradients:
        optimizer.step(p, g)
        result.append(p.copy())
    return np.array(result)


def random_steps(dtype: str, sizes: tuple[int, int] = (-4, 3)) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and gradients; every parameter's gradients have a power of ten of their own."""
    rng = np.random.default_rng(50)
    gradients = rng.normal(size=(STEPS, 33)) * 10.0 ** rng.integers(*sizes, size=33)
    return rng.normal(size=33).astype(dtype), gradients.astype(dtype)


@DTYPES
@named(OPTIMIZERS)
def test_optimizer_against_its_reference_rule(bound, dtype):
    """50 random steps. In float32 what counts is the error against how far the parameters have moved."""
    assert bound.name in RULES, f"{bound.name} needs a rule of its own in reference_rules.py, from its source"
    p, gradients = random_steps(dtype)
    for b in (bound, other(bound)):
        b = single(b) if dtype == "float32" else b
        expected = np.array(list(RULES[b.name](p.astype(float), gradients.astype(float), **b.values)))
        ours = trajectory(b, p, gradients)
        assert ours.dtype == dtype and (ours != p).any(axis=0).all()
        if dtype == "float64":
            assert ours == pytest.approx(expected, rel=1e-12, abs=1e-12)
        else:
            moved = np.abs(expected - p).max(axis=0)
            assert (np.abs(ours - expected) <= 2e-5 * moved + 4e-6).all()


@DTYPES
@named(OPTIMIZERS)
def test_optimizer_has_equal_bits_in_pieces(bound, dtype):
    """However the work is divided, and if the gradient is scaled within the rule."""
    rng = np.random.default_rng(1)
    p, g = rng.normal(size=(2, 1023)).astype(dtype)
    initial = [bound.part.state[name] for name in formulas(bound, dtype)[0].state]
    results = []
    for factor, pieces in ((1.0, [(0, 1023)]), (1.0, PIECES), (0.5, PIECES)):
        parameters, state = p.copy(), np.repeat(np.array([*initial, 0.0], dtype)[:, None], 1023, axis=1)
        for t in (1, 2, 3):
            run_update(bound, parameters, (g / factor).astype(dtype), state, pieces, t, factor)
        results.append(parameters.tobytes() + state.tobytes())
        assert not np.isnan(parameters).any()
    assert results[0] == results[1] == results[2]


@DTYPES
@named(OPTIMIZERS)
def test_optimizer_at_the_ends(bound, dtype):
    """Gradients of 0, tiny, huge, infinite, NaN: as the rule in plain Python, in arithmetic of that dtype."""
    g = np.array([0.0, 1e-30, -1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan], dtype)
    real = np.dtype(dtype).type
    values = [real(v) if n in bound.numbers else v for n, v in bound.values.items()]
    expected = []
    with np.errstate(all="ignore"):
        for slope in g:
            p, states = real(0.5), [real(v) for v in bound.part.state.values()]
            for t, gradient in ((1, slope), (2, real(1.0))):
                scalars = [real(s) for s in bound.part.scalar_values(t, bound.values)]
                p, *states = (real(v) for v in bound.part.f(p, gradient, *states, *values, *scalars))
            expected.append(p)
    ours = trajectory(bound, np.full(8, 0.5, dtype), np.array([g, np.ones(8, dtype)]))
    close = {"rel": 1e-5, "abs": 1e-7} if dtype == "float32" else {"rel": 1e-12}
    assert ours[1] == pytest.approx(np.array(expected, dtype), **close, nan_ok=True)
    assert np.isnan(ours[:, 7]).all()


@pytest.mark.parametrize(
    ("choice", "operator", "options"),
    [
        ("momentum:lr=0.01", "Momentum", {"alpha": 0.9, "beta": 1.0, "norm_coefficient": 0.0, "mode": "standard"}),
        ("nesterov:lr=0.01", "Momentum", {"alpha": 0.9, "beta": 1.0, "norm_coefficient": 0.0, "mode": "nesterov"}),
        ("adagrad:lr=0.01,eps=1e-3", "Adagrad", {"decay_factor": 0.0, "epsilon": 1e-3, "norm_coefficient": 0.0}),
        ("adam:lr=0.01,eps=1e-3", "Adam", {"alpha": 0.9, "beta": 0.999, "norm_coefficient": 0.0}),
    ],
)
def test_optimizer_against_onnx(choice, operator, options):
    """ONNX keeps its attributes in float32. Its Adam has epsilon hat: eps sqrt(1 - beta2^t) there is eps here."""
    bound = single(registry.resolve("optimizer", choice))
    p, gradients = random_steps("float64", (0, 1))
    ours = trajectory(bound, p, gradients)
    adam = operator == "Adam"
    state = [np.zeros_like(p)] * (1 + adam)
    for t, g in enumerate(gradients, 1):
        if adam:
            options = options | {"epsilon": bound.values["eps"] * math.sqrt(1 - bound.values["beta2"] ** t)}
        inputs = [bound.values["lr"], t if adam else t - 1, p, g, *state]
        p, *state = training_step(operator, inputs, 1 + len(state), **options)
        assert ours[t - 1] == pytest.approx(p, rel=1e-9)
