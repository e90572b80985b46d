"""The source of a function is found and verified, or the function is refused."""

from __future__ import annotations

import ast
import functools
import importlib.util
import linecache
import math

import pytest

from fastnn.errors import PluginError
from fastnn.formula.source import find

one, two = (lambda x: x + 1), (lambda x: x + 2)
same, twin = (lambda x: x * 2), (lambda x: x * 2)
outer = lambda a: lambda x: a * x  # noqa: E731
pair = {"a": lambda x: 1.0, "b": lambda y: 2.0}


def body(function) -> str:
    return ast.unparse(find(function).node)


def test_a_function_and_a_lambda():
    def f(x):
        return x

    assert body(f) == "def f(x):\n    return x"
    assert body(one) == "lambda x: x + 1"


def test_lambdas_on_one_line_are_told_apart():
    assert body(two) == "lambda x: x + 2"
    assert body(same) == body(twin) == "lambda x: x * 2"
    assert body(outer) == "lambda a: lambda x: a * x"
    assert body(outer(3)) == "lambda x: a * x"
    assert [body(f) for f in pair.values()] == ["lambda x: 1.0", "lambda y: 2.0"]


def decorated(function):
    return function


def test_a_decorated_function():
    @decorated
    @decorated
    def f(x):
        return x

    assert find(f).name == "f"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_changed_file_is_refused_and_one_written_again_is_found(tmp_path):
    path = tmp_path / "plugin_that_changes.py"
    path.write_text("def f(x):\n    return x + 1\n")
    module = load(path)
    assert find(module.f).name == "f"
    path.write_text("def f(x):\n    return x + 25\n")
    linecache.checkcache(str(path))
    with pytest.raises(PluginError, match=r"plugin_that_changes.py:1: f .*has changed since it was imported"):
        find(module.f)
    path.write_text("def f(x):\n    return x + 1\n")
    assert find(module.f).name == "f"


def test_without_source():
    namespace: dict = {}
    exec("def f(x):\n    return x", namespace)
    with pytest.raises(PluginError, match="its source is not available"):
        find(namespace["f"])


def generator(x):
    yield x


async def coroutine(x):
    return x


def variable(*x):
    return x[0]


def keywords(**x):
    return x["x"]


class Callable:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (math.exp, "plain Python function"),
        (abs, "plain Python function"),
        (Callable(), "plain Python function"),
        (functools.partial(one, x=1), "plain Python function"),
        (generator, "generator"),
        (coroutine, "coroutine"),
        (variable, "*args"),
        (keywords, "**kwargs"),
    ],
)
def test_what_is_no_formula_is_refused(function, says):
    with pytest.raises(PluginError) as error:
        find(function)
    assert says in str(error.value)
