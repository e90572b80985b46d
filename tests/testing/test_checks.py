"""fastnn.testing: what is wrong is found, each by the check that is meant for it, with the reason in words."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.errors import PluginError, UsageError
from fastnn.mathematics import exp, log, sin, sqrt
from fastnn.parts.kinds import Activation, Initializer, Loss, Optimizer
from fastnn.testing.checking import findings
from fastnn.testing.devices import same_bits
from fastnn.testing.finding import Failed
from fastnn.testing.for_kinds import CHECKS


def loss(of_error):
    return Loss(of_error.__name__, lambda prediction, target: of_error(prediction - target))


def cube(e):
    return e**3


def logarithm(e):
    return log(e)


def wave(e):
    return sin(e)


def inverse(e):
    return 1 / e


def bowl(e):
    return 5 * e**2 - 2


def exponential(e):
    return exp(e)


def step(e):
    return e * e + 1 if e > 0.5 else e * e


def pole(e):
    return 1 / (e - 0.1234) ** 2


def bump(e):
    return e * e / (1 + e**4)


def nothing(e):
    return 0 * e


def insensitive(e):
    return max(abs(e) - 0.5, 0.0)


def overflowing(e):
    return log(exp(e) + exp(-e))


def teeth(e):
    total = 0.0
    for k in range(24):
        total = total + abs(e - 0.25 * k)
    return total


def swallowing(e):
    return max(0.0, e) + max(0.0, -e)


LECTURE = {  # what is not None is wrong: the check, and what the reason says
    bowl: None,
    insensitive: None,
    cube: ("one minimum", "no minimum: it falls without bound as the error becomes more negative"),
    logarithm: (
        "defined",
        "not defined for errors up to 0: at prediction = -12.3, target = -2.3 (error -10) it is nan",
    ),
    wave: ("one minimum", "6 minima, at the errors -14.13, -7.855, -1.57"),
    inverse: (
        "continuous",
        "not continuous: at prediction = -2.3, target = -2.3 (error 0) it is inf, just below -1e+09",
    ),
    exponential: ("one minimum", "no minimum: as the error becomes more negative it approaches 0 without end"),
    step: ("continuous", "(error 0.5) it is 1.25, just below 0.25, just above 1.25"),
    pole: ("continuous", "(error 0.1234)"),
    bump: ("one minimum", "rises up to prediction = -3.3, target = -2.3 (error -1) and falls again"),
    nothing: ("one minimum", "it is 0 for all predictions"),
    overflowing: ("finite", "the loss is inf in float32, in float64"),
    teeth: ("derivable", "not isolated: 24 of them, at the errors 0, 0.25, 0.5"),
    swallowing: ("NaN", "a prediction of NaN has the loss 0"),
}


@pytest.mark.parametrize("of_error", LECTURE, ids=lambda f: f.__name__)
def test_the_rules_of_a_loss(of_error):
    """The quiz of the lecture, and more: functions of the error e."""
    found = {finding.check: finding for finding in findings(loss(of_error), timed=False)}
    wrong = {name for name, finding in found.items() if finding.passed is False}
    if LECTURE[of_error] is None:
        assert not wrong
        fastnn.testing.check(loss(of_error))
        return
    check, reason = LECTURE[of_error]
    assert check in wrong and reason in found[check].reason
    assert wrong <= {check, "one minimum", "finite"}  # what cannot have a minimum, or be finite, says so too
    with pytest.raises(PluginError, match=f"The loss '{of_error.__name__}' fails {len(wrong)} of its checks") as error:
        fastnn.testing.check(loss(of_error))
    assert all(f"\n  {found[name]}" in str(error.value) for name in wrong)


def test_kinks_and_minima_are_named_with_their_places():
    found = {f.check: f.reason for f in findings(loss(insensitive), timed=False)}
    assert found["derivable"] == "except at isolated kinks: error -0.5, 0.5"
    assert found["one minimum"] == "at error -0.5 to 0.5"
    hinge = {f.check: f.reason for f in findings("hinge", timed=False)}
    assert hinge["derivable"] == "except at isolated kinks: error 0"
    assert hinge["one minimum"] == "at prediction -inf to -1 (target -1), 1 to inf (target 1)"


def clipped(x):
    return max(0.0, x)


def logistic(x):
    return exp(x) / (1 + exp(x))


def squared(x):
    return x * x


def row_sums(x, y):
    for i in range(len(x)):
        y[i] = exp(x[i]) * x[0]


def row_sums_backward(x, y, dy, dx):
    for i in range(len(x)):
        dx[i] = y[i] * dy[i]


def row_error(prediction, target):
    total = 0.0
    for i in range(len(prediction)):
        total = total + (prediction[i] - target[i]) ** 2
    return total


def row_error_gradient(prediction, target, out):
    for i in range(len(prediction)):
        out[i] = prediction[i] - target[i]
    return row_error(prediction, target)


def relative(prediction, target):
    return ((prediction - target) / target) ** 2


def uphill(p, g, lr):
    return p + lr * g


def swapped(g, p, lr):
    return p - lr * g


def unguarded(p, g, v, lr):
    v = 0.9 * v + 0.1 * g * g
    return p - lr * g / sqrt(v), v


def summing(p, g, v, lr):
    v = v + exp(g)
    return p - lr * g, v


def biased(p, g, lr):
    return p - lr * (g + 1.0)


def signs(p, g, lr):
    return p - lr * (1.0 if g > 0 else (-1.0 if g < 0 else 0.0))


def unseeded(rng, shape, fan_in, fan_out):
    return np.random.default_rng().normal(size=shape)


def transposed(rng, shape, fan_in, fan_out):
    return rng.normal(size=shape[::-1])


def complex_numbers(rng, shape, fan_in, fan_out):
    return rng.normal(size=shape) * 1j


def infinite(rng, shape, fan_in, fan_out):
    return np.full(shape, 1e300)


LR = {"lr": 0.01}
WRONG = [
    (Activation("clipped", clipped), "NaN", "NaN gives 0: a training that has diverged would go on"),
    (Activation("logistic", logistic), "finite", "at x = 100 the value is nan in float32, in float64 1"),
    (Activation("tripled", squared, derivative=lambda x, y: 3 * x), "derivative", "at x = 0.013 it is 0.039, but"),
    (Activation("sums", row_sums, derivative=row_sums_backward, rowwise=True), "derivative", "is wrong: at x = ["),
    (Loss("half", row_error, gradient=row_error_gradient, rowwise=True), "gradient", "is wrong: at prediction = ["),
    (Activation("rows", row_sums, rowwise=True), "formula", "is row-wise and has no derivative"),
    (Loss("relative", relative), "defined", "it is not defined for any error: at prediction = 0, target = 0"),
    (Optimizer("swapped", swapped, state={}, hyper=LR), "steps", "down p^2 lead from p = 1 to 973.937: they must lead"),
    (Optimizer("biased", biased, state={}, hyper=LR), "padding", "state of 0 becomes -0.03: it must stay 0."),
    (Optimizer("uphill", uphill, state={}, hyper=LR), "steps", "lead from p = 1 to 1.21899: they must lead toward 0"),
    (Optimizer("unguarded", unguarded, state={"v": 0.0}, hyper=LR), "padding", "gradient and state of 0 becomes nan"),
    (Optimizer("summing", summing, state={"v": 0.0}, hyper=LR), "state", "gradients from 1e-8 to 1e4, v is inf in"),
    (Optimizer("signs", signs, state={}, hyper=LR), "NaN", "a gradient of NaN gives the parameter 0.5"),
    (Initializer("unseeded", unseeded), "seed", "with the same seed it returns other numbers"),
    (Initializer("transposed", transposed), "shape", "returned shape (33, 17); it must be (17, 33)"),
    (Initializer("complex_numbers", complex_numbers), "numbers", "an array of complex128: it must return real numbers"),
    (Initializer("infinite", infinite), "numbers", "it returns inf in float32"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "check", "reason"), WRONG, ids=lambda value: getattr(value, "name", ""))
def test_a_wrong_part(part, check, reason):
    with pytest.raises(PluginError) as error:
        fastnn.testing.check(part)
    lines = str(error.value).splitlines()[1:]
    assert any(line.startswith(f"  {check}: ") and reason in line for line in lines), error.value
    assert "Warning" not in str(error.value)
    assert ("adding eps" in str(error.value)) == (part.name == "unguarded")


def test_every_value_of_a_compile_time_parameter_is_checked():
    part = Activation("either", either, parameters={"wrong": False})
    with pytest.raises(PluginError, match=r"NaN gives 0.*\(with wrong=true\)$"):
        fastnn.testing.check(part)
    fastnn.testing.check(Activation("right", squared))


def either(x, wrong):
    if wrong:
        return max(0.0, x)
    return max(x, 0.0)


def test_a_derivative_that_is_meant_is_not_judged():
    part = Activation("tripled", squared, derivative=lambda x, y: 3 * x, check=False)
    found = {f.check: f for f in findings(part, timed=False)}
    assert found["derivative"].passed is None and "check=False" in found["derivative"].reason
    fastnn.testing.check(part)


def halved(x):
    while abs(x) > 1:
        x = 0.5 * x
    return x


def test_a_loop_without_vectors_is_no_error_but_is_said():
    part = Activation("halved", halved, derivative=lambda x, y: y / x, check=False)
    [found] = [f for f in findings(part, timed=False) if f.check == "vectorized"]
    assert found.passed is None and found.reason.startswith("no: ")


def test_speed_is_beside_the_nearest_part():
    [found] = [f for f in findings(Activation("squash", lambda x: x / (1 + abs(x)))) if f.check == "speed"]
    assert "ns per element (value and derivative); the nearest built-in, softsign, takes " in found.reason


def test_parts_are_found_by_name_and_with_values():
    fastnn.testing.check("leaky_relu:slope=0.3")
    with pytest.raises(UsageError, match="Did you mean 'relu'"):
        fastnn.testing.check("rleu")
    with pytest.raises(UsageError, match="3 cannot be checked: give a part"):
        fastnn.testing.check(3)


def test_a_difference_between_the_devices_is_found():
    """To the bit; all NaNs are equal."""
    cpu, cuda = (np.array([1.0, np.nan, third], np.float32) for third in (2.0, 2.0000002))
    assert same_bits({"the value": (cpu, cpu.copy())}, str).startswith("equal bits")
    with pytest.raises(Failed, match=r"at 2 the value is 2 on the CPU, 2.00000024 on CUDA"):
        same_bits({"the value": (cpu, cuda)}, str)


def test_every_check_can_fail():
    """Each has an example above, but for those of our own compilers, and those that only report."""
    failing = {check for _, check, _ in WRONG} | {given[0] for given in LECTURE.values() if given}
    ours = {"float32 on the CPU", "float32 on CUDA", "CPU and CUDA agree", "vectorized", "speed", "spread"}
    assert {name for made in CHECKS.values() for name in made} == failing | ours
