"""Choices and captured constants inserted, dead branches removed, and code that cannot be compiled is refused."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from numba import njit

from fastnn import mathematics
from fastnn.cpu import mathematics as _lowerings  # noqa: F401
from fastnn.errors import PluginError
from fastnn.formula import activation_value
from fastnn.formula.source import find
from fastnn.formula.specialise import specialise
from fastnn.mathematics import sqrt, tanh
from fastnn.parts.kinds import Activation, Parameter

SCALE = 2
TABLE = {"a": 1.0}
ARRAY = np.zeros(3)


def special(f, **values) -> str:
    return "\n".join(ast.unparse(s) for s in specialise(find(f), values).body)


def text(f, **parameters) -> str:
    return activation_value(Activation("f", f, parameters=parameters)(), "float32").text


def branches(x, a, b, mode):
    """Text is dropped."""
    if a and not b:
        x = missing_name(x)  # noqa: F821
    elif mode == "twice" and x > 0:
        x = x * SCALE
    wanted = a or mode in ("once", "twice", "never")
    if wanted:
        return x if b is True else 0
    return TABLE[x]


def test_pruning():
    assert special(branches, a=True, b=True, mode="once") == "return x"
    assert special(branches, a=False, b=True, mode="never") == "return x"
    twice = special(branches, a=True, b=True, mode="twice")
    assert twice == "if x > 0:\n    x = x * 2\nreturn x"


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x, c: x > 0 and c, "return x > 0"),
        (lambda x, c: x > 0 or c, "return True"),
        (lambda x, c: c and x, "return x"),
        (lambda x, c: not c or x, "return x"),
        (lambda x, c: x > 0 and not c, "return False"),
        (lambda x, c: x and c, "return x and True"),
        (lambda x, c: (x > 0 or x < 1) and c and x != 2, "return (x > 0 or x < 1) and x != 2"),
        (lambda x, c: 1 if c else x, "return 1"),
        (lambda x, c: x * (2 + 3 * SCALE) - sqrt(4.0), "return x * 8 - 2.0"),
        (lambda x, c: x + (3, 4)[-1] + max(1, SCALE), "return x + 4 + 2"),
    ],
)
def test_folding(f, expected):
    assert special(f, c=True) == expected


def test_a_loop_over_constants_is_unrolled():
    def f(x):
        for k in (1, 2):
            x = x + k
        return x

    assert special(f) == "k = 1\nx = x + k\nk = 2\nx = x + k\nreturn x"


def test_a_known_parameter_may_be_overwritten():
    def f(x, n):
        n = n + 1
        return x * n

    assert special(f, n=2) == "n = 2\nn = n + 1\nreturn x * n"


def with_constant(c):
    def f(x):
        return x * c

    return f


def test_closures_of_one_source_differ_by_their_constants():
    two, three = (activation_value(Activation("f", with_constant(c))(), "float32") for c in (2.0, 3.0))
    assert two.key != three.key
    assert [f.build(njit)(np.float32(5)) for f in (two, three)] == [10.0, 15.0]
    again = activation_value(Activation("g", with_constant(2.0))(), "float32")
    assert again.key == two.key
    assert activation_value(Activation("g", with_constant(2.0))(), "float64").key != two.key
    neighbour = activation_value(Activation("g", with_constant(math.nextafter(2.0, 3.0)))(), "float32")
    assert neighbour.key != two.key


def test_equal_constants_of_other_types_differ():
    keys = {activation_value(Activation("f", with_constant(c))(), "float64").key for c in (0.0, -0.0)}
    assert len(keys) == 2


def helper(x, shift=1.0, *, scale=2):
    return inner(x) * scale + shift


def inner(x):
    return x - SCALE


def test_helpers_with_defaults_and_keywords():
    value = activation_value(Activation("f", lambda x: helper(x) + helper(shift=x, x=3))(), "float32")
    assert value.build(njit)(np.float32(5)) == helper(5) + helper(3, 5)
    assert value.text.count("def ") == 5


def test_a_changed_helper_or_global_changes_the_key(monkeypatch):
    part = Activation("f", lambda x: helper(x))
    key = activation_value(part(), "float32").key
    monkeypatch.setitem(globals(), "SCALE", 3)
    assert activation_value(part(), "float32").key != key
    monkeypatch.undo()
    assert activation_value(part(), "float32").key == key
    monkeypatch.setitem(globals(), "inner", lambda x: x)
    assert activation_value(part(), "float32").key != key


def test_functions_may_be_arguments_and_jitted_functions_are_taken_apart():
    def twice(g, x):
        return g(g(x))

    @njit
    def jitted(x):
        return x + 1

    value = activation_value(Activation("f", lambda x: twice(tanh, x) + twice(jitted, x))(), "float64")
    assert value.build(njit)(0.5) == pytest.approx(math.tanh(math.tanh(0.5)) + 2.5, rel=1e-14)


def test_functions_of_math_and_numpy_become_those_of_fastnn():
    formula = activation_value(Activation("f", lambda x: math.exp(x) + np.exp(x) + mathematics.exp(x))(), "float32")
    assert formula.names["_exp"] is mathematics.exp
    assert formula.text.count("_exp(x)") == 3


def test_numpy_scalars_are_constants():
    c = np.float32(0.1)
    assert f"_real({float(c)!r})" in text(lambda x: x * c)


def test_choices_are_no_arguments():
    f = text(lambda x, mode, slope: slope if mode == "a" else x, mode=Parameter("a", choices=("a", "b")), slope=0.5)
    assert f == "def unit(x, slope):\n    return slope\n"


def recursive(x):
    return recursive(x - 1) if x > 0 else x


def endless(x):
    if x > 0:
        return x


def nested(x):
    def g(y):
        return y

    return g(x)


def importing(x):
    import math

    return math.exp(x)


def unset(x):
    y = z + x  # noqa: F821
    z = 1.0  # noqa: F841
    return y


def two_results(x):
    return x, x


def overwritten_row(x):
    x[0] = 1
    return x


class Thing:
    attribute = 1.0


thing = Thing()


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (recursive, "recursive functions cannot be compiled"),
        (endless, "not every path through it ends with return"),
        (nested, "a function inside a function"),
        (importing, "import cannot be compiled"),
        (unset, "z is used before it has a value"),
        (two_results, "it must return a number, not a tuple of 2"),
        (overwritten_row, "only a row can be indexed"),
        (lambda x: x + ARRAY[0], "ARRAY has type ndarray"),
        (lambda x: x + TABLE["a"], "TABLE has type dict"),
        (lambda x: x + thing.attribute, "thing has type Thing"),
        (lambda x: x + Thing.attribute, "only modules can have attributes"),
        (lambda x: x.real, "only modules can have attributes"),
        (lambda x: math.nothing, "math has no nothing"),
        (lambda x: undefined, "undefined is not defined"),  # noqa: F821
        (lambda x: print(x), "print cannot be compiled"),
        (lambda x: math.gamma(x), "math.gamma cannot be compiled"),
        (lambda x: round(x), "round cannot be compiled"),
        (lambda x: x(1), "x is not a function"),
        (lambda x: [x], "list cannot be compiled"),
        (lambda x: f"{x}", "formatted text cannot be compiled"),
        (lambda x: (y := x), "an assignment inside an expression cannot be compiled"),  # noqa: F841
        (lambda x: sum(i for i in range(3)), "sum cannot be compiled"),
        (lambda x: max(x), "max needs at least two numbers"),
        (lambda x: abs(x, x), "it takes 1 positional arguments"),
        (lambda x: helper(), "missing a required argument"),
        (lambda x: x + "a", "'a' is not a number"),
        (lambda x: x + None, "None is not a number"),
        (lambda x: x + 1 / 0, "ZeroDivisionError"),
        (lambda x: x | 1, "only integers and booleans are allowed"),
        (lambda x: x @ x, "cannot be compiled"),
        (lambda x: x is x, "to compare numbers"),
        (lambda x: tanh, "is not a number"),
        (lambda x: x + (-8) ** 0.5, "the result is complex"),
        (lambda x: 1 + range(3), "range can be used only in a for loop"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_its_line(f, says):
    with pytest.raises(PluginError, match=r"test_specialising\.py:\d+: ") as error:
        text(f)
    assert says in str(error.value)


def test_a_traceback_can_show_the_generated_source():
    import linecache

    formula = activation_value(Activation("shown", lambda x: x + 1)(), "float32")
    function = formula.build(lambda f: f)
    assert function.__code__.co_filename.startswith("<fastnn formula activation shown float32 ")
    assert "return x + _real(1.0)" in linecache.getline(function.__code__.co_filename, 2)
