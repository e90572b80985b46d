"""Derived code has no more steps than it needs, and is still right where a shorter form would not be."""

from __future__ import annotations

import numpy as np
import pytest
from every_part import central

from fastnn import formula
from fastnn.mathematics import exp, expm1
from fastnn.parts import registry
from fastnn.parts.kinds import Activation
from fastnn.testing.kernels import run_activation

POINTS = np.array([-6.1, -2.2, -0.7, -0.1, 0.3, 0.9, 2.4, 5.5])


def derived(f) -> str:
    return formula.activation_unit(Activation("f", f)(), "float64").text


def clamped(x):
    z = -3.0 if x < -3.0 else x
    return z * exp(z) * z


def clamped_but_used(x):
    z = -3.0 if x < -3.0 else x
    return z * exp(z) + x * x


def used_before_it_changes(x):
    w = x * x
    z = -3.0 if x < -3.0 else x
    y = w + z
    w = z * z
    return y * w


def switched_on_in_a_loop(x):
    power = 1.0
    total = 0.0
    for _ in range(3):
        power = power * x
        total = total + power
    return total


def returned_early(x):
    if x > 2.0:
        return x * x
    z = 2.0 * x + 1.0
    if z > 0.0:
        return z * z * z
    return exp(z)


def bounded_by_its_branch(x):
    return x if x > 0.0 else expm1(x) * exp(x)


def bounded_in_each_case(x):
    e = exp(-abs(x))
    n = 1.0 + e if x > 0.0 else e
    m = e * e if x > 0.0 else 1.0
    return x / (n + m) + 1.0 / (n + m)


ALL = (
    clamped, clamped_but_used, used_before_it_changes, switched_on_in_a_loop, returned_early, bounded_by_its_branch,
    bounded_in_each_case,
)  # fmt: skip


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.__name__)
def test_the_derivative(f):
    _, slope, _ = run_activation(Activation("f", f)(), POINTS)
    assert slope == pytest.approx([central(lambda v: float(f(v)), x) for x in POINTS.tolist()], rel=1e-6, abs=1e-7)


def test_a_clamp_is_one_choice_at_the_end():
    """What follows is differentiated by the clamped variable; then the derivative is 0 where it does not move."""
    assert derived(clamped).count("d_z_d_x") == 2
    assert derived(clamped_but_used).count("d_z_d_x") > 2


@pytest.mark.parametrize("f", [bounded_by_its_branch, bounded_in_each_case], ids=lambda f: f.__name__)
def test_no_comparison_guards_a_product_of_finite_numbers(f):
    assert "== _real(0.0)" not in derived(f)


@pytest.mark.parametrize("name", ["elu", "gelu_tanh", "mish", "silu", "selu"])
def test_the_built_in_formulas_need_no_guards(name):
    f = registry.get("activation", name).f
    part = Activation("f", f, parameters=registry.get("activation", name).parameters)
    assert formula.activation_unit(part(), "float32").text.count("== _real(0.0)") <= 1  # that of the clamp


def nested(x):
    return (x if x < 2.0 else 3.0 * x) if x >= -1.0 else (0.5 * x if x != -4.0 else x * x)


def with_a_call(x):
    return exp(x) if x < 0.5 else x * x


@pytest.mark.parametrize("f", [nested, with_a_call], ids=lambda f: f.__name__)
def test_choices(f):
    """Arithmetic is computed for both sides of a comparison, and chosen from; a call stays in its branch."""
    x = np.array([*POINTS, -4.0, -1.0, 0.5, 2.0, np.nan, np.inf, -np.inf])
    y, slope, _ = run_activation(Activation("f", f)(), x)
    assert y.tolist() == pytest.approx([float(f(v)) for v in x.tolist()], nan_ok=True)
    inside = slice(len(POINTS))
    expected = [central(lambda v: float(f(v)), v) for v in POINTS.tolist()]
    assert slope[inside] == pytest.approx(expected, rel=1e-6)
    assert ("if " in derived(f)) == (f is with_a_call)


def test_every_choice_is_one_instruction_with_the_right_sides():
    from fastnn.formula.choosing import if_at_most, if_equal, if_less

    numbers = [-1.0, 0.0, -0.0, 1.0, np.nan, np.inf]
    for f, holds in ((if_less, np.less), (if_at_most, np.less_equal), (if_equal, np.equal)):
        assert [[f(x, y, 1, 2) == 1 for y in numbers] for x in numbers] == np.array(
            [[holds(x, y) for y in numbers] for x in numbers]
        ).tolist()
