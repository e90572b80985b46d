"""Requirements for all parts, and parts that are refused."""

from __future__ import annotations

import sys

import pytest

from fastnn.errors import PluginError
from fastnn.parts import registry
from fastnn.parts.kinds import Activation, Initializer, Loss, Optimizer, Parameter

BUILT_IN = [part for part, owner in registry.parts() if owner == "built in"]


@pytest.mark.parametrize("part", BUILT_IN, ids=[p.name for p in BUILT_IN])
def test_every_part_is_documented_with_its_source(part):
    module = sys.modules[part.f.__module__]
    assert module.__name__.rpartition(".")[2] == part.name
    assert module.__doc__
    if part.kind != "initializer" and part.name != "identity":
        said = f"{module.__name__}: its docstring must have a line 'Source:' with what the formula was taken from"
        assert "\nSource:" in module.__doc__, said


@pytest.mark.parametrize("part", BUILT_IN, ids=[p.name for p in BUILT_IN])
def test_every_part_has_its_own_derivative(part):
    if isinstance(part, Activation):
        assert part.derivative is not None
    if isinstance(part, Loss):
        assert part.gradient is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activation("my relu", abs), "'my relu' is not a name for activation"),
        (lambda: Activation("a", 3), "needs a function, not 3"),
        (
            lambda: Activation("a", lambda x: x, parameters={"slope": "steep"}),
            "default 'steep' must be a finite",
        ),
        (
            lambda: Activation("a", lambda x: x, parameters={"slope": 1}),
            r"1 argument \(x\), but .* parameter slope: it must take \(x, slope\)",
        ),
        (lambda: Activation("a", lambda x, p: x, parameters={"p": 1}, trainable=("q",)), "trainable 'q'"),
        (lambda: Activation("a", lambda x, y: y, rowwise=True, derivative=lambda x, y: x), "must take"),
        (lambda: Loss("l", lambda p, t: p, target="word"), "Unknown target 'word'"),
        (lambda: Loss("l", lambda p, t: p, target="class"), "declare it rowwise=True"),
        (lambda: Initializer("i", lambda rng, shape: 0), r"must take \(rng, shape, fan_in, fan_out\)"),
        (
            lambda: Initializer("i", lambda rng, shape, fan_in, fan_out, b: 0, parameters={"a": 1}),
            "must take",
        ),
        (
            lambda: Optimizer("o", lambda p, g, lr: p),
            r"takes 3 arguments \(p, g, lr\), but this optimizer declares state m: it must take \(p, g, m, lr\), or "
            r"say state=\{\}\.",
        ),
        (
            lambda: Optimizer("o", lambda p, g, m: p),
            r"\(p, g, m\), but this optimizer declares hyperparameter lr: .* \(p, g, m, lr\), or say hyper=\{\}\.",
        ),
        (lambda: Optimizer("o", lambda p: p), r"takes 1 argument \(p\): it must take \(p, g, m, lr\)\."),
        (
            lambda: Activation("a", lambda x, slope: x),
            r"\(x, slope\), but slope is not declared: it must take \(x\), or say parameters=\{'slope': \.\.\.\}",
        ),
        (lambda: Activation("a", max), r"max (shows no|takes)"),
        (lambda: Optimizer("o", lambda p, g, m, lr: p, batch="half"), "Unknown batch 'half'"),
        (lambda: Optimizer("o", lambda p, g, m, lr: p, scalars=lambda t, rho: t), "Unknown parameter 'rho'"),
        (lambda: Optimizer("o", lambda p, *n: p, scalars=lambda t: (1.0,) * 65), "65 numbers; at most 64"),
        (lambda: Parameter(2.0, below=1.0), "default 2.0 must be a number below 1"),
        (lambda: Parameter("up", choices=("left", "right")), "must be one of left, right"),
    ],
)
def test_a_part_that_cannot_work_is_refused(make, message):
    with pytest.raises(PluginError, match=message):
        make()


@pytest.mark.parametrize("spec", ["relu", "leaky_relu:slope=0.2", "adam:beta1=0.8,amsgrad=true", "selu:alpha=1e-07"])
def test_a_bound_part_is_named_by_its_spec(spec):
    kind = "optimizer" if spec.startswith("adam") else "activation"
    assert registry.resolve(kind, spec).spec == spec
