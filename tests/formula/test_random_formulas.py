"""Random formulas: compiled code computes the same as Python."""

from __future__ import annotations

import importlib.util
import random

import numpy as np
import pytest

from fastnn.formula import activation_value
from fastnn.parts.kinds import Activation, Parameter

HEAD = """
from fastnn.mathematics import tanh
K = 3
T = (1, 2.5)

def helper(u, w=1):
    if w == 2:
        return u * w
    return u + w

def f(x, a, n, c, m, b):
    y = z = _w = max_ = 0
"""


class Author:
    """Writes Python: arithmetic of integers, numbers and conditions, branches that are known or not, loops."""

    def __init__(self, seed: int):
        self.pick = random.Random(seed)

    def number(self, depth: int, names: list[str]) -> str:
        one = lambda: self.number(depth - 1, names)  # noqa: E731
        leaves = [*names, "a", "b", "n", "K", "T[1]", "1", "2", "0.5", "-1", "0"]
        kinds = [
            lambda: self.pick.choice(leaves),
            lambda: f"({one()} {self.pick.choice('+-*')} {one()})",
            lambda: f"({one()} / (1.5 + abs({one()})))",
            lambda: f"(-{one()})",
            lambda: f"{self.pick.choice(['max', 'min'])}({one()}, {one()})",
            lambda: f"({one()} if {self.condition(depth - 1, names)} else {one()})",
            lambda: f"(tanh({one()}) ** {self.pick.choice(['2', '3', '1', '0', '2.0'])})",
            lambda: f"helper({one()}, {self.pick.choice(['2', '0.5', 'n', 'x', 'w=b'])})",
            lambda: f"(({self.condition(depth - 1, names)}) * {one()})",
            lambda: f"(x and {one()})",
        ]
        return self.pick.choice(kinds if depth > 0 else kinds[:1])()

    def condition(self, depth: int, names: list[str]) -> str:
        one = lambda: self.condition(depth - 1, names)  # noqa: E731
        number = lambda: self.number(depth - 1, names)  # noqa: E731
        kinds = [
            lambda: f"{number()} {self.pick.choice(['<', '>', '<=', '>=', '!=', '=='])} {number()}",
            lambda: self.pick.choice(["c", "not c", "c is True", "m == 'one'", "m in ('one', 'two')"]),
            lambda: f"({one()} and {one()})",
            lambda: f"({one()} or {one()})",
            lambda: f"(not {one()})",
            lambda: f"-1 < {number()} < {number()}",
        ]
        return self.pick.choice(kinds if depth > 0 else kinds[:2])()

    def block(self, indent: int, depth: int, names: list[str]) -> str:
        pad = "    " * indent
        inner = lambda *more: self.block(indent + 1, depth - 1, [*names, *more])  # noqa: E731
        number = lambda: self.number(2, names)  # noqa: E731
        kinds = [
            lambda: f"{pad}{self.pick.choice(['x', 'y', 'z', '_w', 'max_'])} = {number()}\n",
            lambda: f"{pad}x {self.pick.choice('+-*')}= {number()}\n",
            lambda: f"{pad}y, z = {number()}, {number()}\n",
            lambda: f"{pad}if {self.condition(2, names)}:\n{pad}    return {number()}\n",
            lambda: f"{pad}if {self.condition(2, names)}:\n{inner()}{pad}else:\n{inner()}",
            lambda: f"{pad}for i in range({self.pick.choice(['3', 'n'])}):\n{inner('i')}",
            lambda: f"{pad}for q in (0.5, 2):\n{inner('q')}",
        ]
        count = self.pick.randint(1, 3)
        return "".join(self.pick.choice(kinds if depth > 0 else kinds[:4])() for _ in range(count))


@pytest.mark.parametrize("seed", range(60))
def test_a_random_formula(seed, tmp_path):
    author = Author(seed)
    names = ["x", "y", "z", "_w", "max_"]
    path = tmp_path / "random_formula.py"
    path.write_text(f"{HEAD}{author.block(1, 2, names)}    return {author.number(3, names)}\n")
    spec = importlib.util.spec_from_file_location("random_formula", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for known, mode in ((True, "one"), (False, "two")):
        parameters = {
            "a": 0.75,
            "n": Parameter(2, choices=(2, 3)),
            "c": known,
            "m": Parameter(mode, choices=("one", "two")),
            "b": 0.25,
        }
        formula = activation_value(Activation("f", module.f, parameters=parameters)(), "float64")
        value = formula.build(lambda function: function)
        for x in (-1.5, 0.0, 0.3, 2.0):
            expected = float(module.f(x, 0.75, 2, known, mode, 0.25))
            result = value(np.float64(x), np.float64(0.75), np.float64(0.25))
            assert isinstance(result, float), path.read_text() + formula.text
            assert result == pytest.approx(expected, rel=1e-9, nan_ok=True), path.read_text() + formula.text
