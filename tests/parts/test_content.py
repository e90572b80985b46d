"""The hash of a part's formulas: what changes it, and what does not."""

from __future__ import annotations

import itertools

import pytest

import fastnn
from fastnn.parts import registry
from fastnn.parts.content import content_hash
from fastnn.parts.registry import Registry

numbers = itertools.count()

TEXT = '''
import math
import numpy
import fastnn
from fastnn.mathematics import exp, sigmoid

FACTOR, UNUSED = 2.0, 5
TABLE = (1.0, 2.0)
LIMITS = {"low": 0.0}
GRID = numpy.arange(3.0)

def unused(x):
    return x

def inner(x):
    return FACTOR * x + TABLE[1]

def value(x, slope=1.0):
    """Say something."""
    # a comment
    if x > 0:
        return inner(x) * sigmoid(x)  # another
    return slope * math.exp(x)

def gradient(p, t):
    return 2 * (p - t)

def error(p, t):
    return (p - t) ** 2

def step(p, g, m, lr, scale):
    return p - lr * scale * g, m + g

def scale(t):
    return 1 / t

def draw(rng, shape, fan_in, fan_out):
    if LIMITS["low"] > 1:
        raise fastnn.UsageError(f"initializer mine: {shape} is {LIMITS['low']:.1f}")
    return numpy.full(shape, GRID[1])

@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation("a", value, parameters={"slope": 1.0}, trainable=("slope",))]

@fastnn.hookimpl
def fastnn_losses():
    return [fastnn.Loss("l", error, gradient=gradient, check=False)]

@fastnn.hookimpl
def fastnn_optimizers():
    return [fastnn.Optimizer("o", step, state={"m": 0.0}, scalars=scale)]

@fastnn.hookimpl
def fastnn_initializers():
    return [fastnn.Initializer("i", draw)]
'''


def hashes(folder, text: str = TEXT) -> dict[str, str | None]:
    """The hashes of the parts of a plugin with this source, by name. It has a new name each time."""
    file = folder / f"fastnn_{next(numbers)}.py"
    file.write_text(text)
    return {name[-1]: found for name, found in Registry().load_plugin(file).formulas.items()}


def test_the_same_in_every_version_of_python_and_fastnn(tmp_path):
    """If one of these changes, every model that was trained with a plugin is refused."""
    assert {name: str(found)[:12] for name, found in hashes(tmp_path).items()} == EXPECTED


EXPECTED = {"a": "f9afa6f157b9", "l": "f7118ab89f62", "i": "1c8c77c1bf36", "o": "d76d959d9777"}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("", "", ""),
        ("    # a comment\n", "", ""),
        ("# another", "# one more", ""),
        ("Say something.", "Say something else.", ""),
        ("FACTOR, UNUSED = 2.0, 5", "UNUSED, FACTOR = 6, 1.0 + 1.0", ""),
        ("def unused(x):\n    return x", "def unused(x):\n    return -x", ""),
        ("    return slope * math.exp(x)", "\n    return slope*math.exp( x )", ""),
        ("    if x > 0:\n        return", "    if x > 0:\n            return", ""),
        ("inner(x) * sigmoid(x)", "sigmoid(x) * inner(x)", "a"),
        ("FACTOR, UNUSED = 2.0", "FACTOR, UNUSED = 2.5", "a"),
        ("TABLE = (1.0, 2.0)", "TABLE = (1.0, 2.5)", "a"),
        ("return FACTOR * x", "return x * FACTOR", "a"),
        ("slope * math.exp(x)", "slope * exp(x)", "a"),
        ("import exp, sigmoid", "import exp as sigmoid, exp", "a"),
        (', trainable=("slope",)', "", "a"),
        ("slope=1.0", "slope=2.0", "a"),
        ("2 * (p - t)", "3 * (p - t)", "l"),
        ("(p - t) ** 2", "(p - t) ** 4", "l"),
        ("check=False", 'check=False, target="positive"', "l"),
        ("p - lr * scale", "p + lr * scale", "o"),
        ("1 / t", "2 / t", "o"),
        ('"m": 0.0', '"m": 0.5', "o"),
        ("arange(3.0)", "arange(3.0) + 1", "i"),
        ('"low": 0.0', '"low": 0.5', "i"),
        ("shape, GRID[1]", "shape, GRID[2]", "i"),
        ("{LIMITS['low']:.1f}", "{LIMITS['low']:.2f}", "i"),
    ],
)
def test_what_counts(tmp_path, old, new, changed):
    before, after = hashes(tmp_path), hashes(tmp_path, TEXT.replace(old, new, 1) if old else TEXT)
    assert TEXT.count(old) and None not in before.values()
    assert "".join(name for name in before if before[name] != after[name]) == changed


@pytest.mark.parametrize(
    "formula",
    [
        "lambda x: x",
        "functools.partial(value, slope=2.0)",
        "functools.cache(value)",
        "Callable()",
        "makes_use_of_a_class",
        "makes_use_of_an_object",
    ],
)
def test_what_cannot_be_read_completely_has_no_hash_of_its_own(tmp_path, formula):
    """Then the whole source counts."""
    more = (
        "import functools\nclass Callable:\n    def __call__(self, x):\n        return x\n"
        "    def at(self, x):\n        return x\nobject_of_it = Callable()\n"
        "def makes_use_of_a_class(x):\n    return Callable.at(None, x)\n"
        "def makes_use_of_an_object(x):\n    return object_of_it.at(x)\n"
    )
    text = TEXT.replace('"a", value, parameters={"slope": 1.0}, trainable=("slope",)', f'"a", {formula}')
    assert hashes(tmp_path, more + text)["a"] is None


def test_functions_made_by_functions_differ_by_what_they_hold(tmp_path):
    def power(n):
        def value(x):
            return x**n

        return fastnn.Activation("power", value)

    assert content_hash(power(2)) == content_hash(power(2)) != content_hash(power(3))


def test_every_built_in_formula_can_be_read():
    for part, owner in registry.parts():
        assert owner != "built in" or content_hash(part), part
