"""Between which numbers an expression of derived code lies, as far as its form shows.

0 times infinity is NaN. Derived code avoids it with a comparison, which is left out where both factors are finite.
The bounds are those of real numbers; inputs, parameters and targets count as finite: with an infinite input a training
diverges anyway.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping

from fastnn import mathematics
from fastnn.formula import rules

Bounds = tuple[float, float]

ANY: Bounds = (-math.inf, math.inf)
FINITE: Bounds = (-1e6, 1e6)  # of parameters: a product of several still counts as finite
INPUT: Bounds = (-1e9, 1e9)  # of what is differentiated by: its cube still counts as finite
_LARGEST = 1e30  # finite in every dtype
_INCREASING = (
    mathematics.exp, mathematics.expm1, mathematics.log, mathematics.log1p, mathematics.sqrt, mathematics.tanh,
    mathematics.sigmoid, mathematics.softplus, mathematics.erf, mathematics.normal_cdf,
)  # fmt: skip
_WITHIN: dict[object, Bounds] = {
    mathematics.sin: (-1.0, 1.0), mathematics.cos: (-1.0, 1.0), rules.sin: (-1.0, 1.0), rules.cos: (-1.0, 1.0),
    rules.tanh: (0.0, 1.0), rules.sigmoid: (0.0, 1.0), rules.softplus: (0.0, 1.0), rules.copysign: (-1.0, 1.0),
    rules.erf: (0.0, 2.0), rules.normal_cdf: (0.0, 1.0),
}  # fmt: skip


def finite(bounds: Bounds) -> bool:
    """Return whether numbers within these bounds are finite in every dtype."""
    return max(-bounds[0], bounds[1]) <= _LARGEST


Cases = dict[str, tuple[Bounds, Bounds]]
"""Bounds where a test holds, and where it does not, by the text of the test."""


def union(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), max(a[1], b[1])


def within(a: Bounds, b: Bounds) -> Bounds:
    """Return the narrower bounds of what lies within both."""
    return max(a[0], b[0]), min(a[1], b[1])


def measured(node: ast.expr, known: Callable[[str], Bounds], cases: Mapping[str, Cases]) -> tuple[Bounds, Cases]:
    """Return the bounds of an expression, also in the cases that its variables have.

    In ``n + m``, n and m may be small only in different branches of the same test.
    """
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    whole = bounds(node, known)
    found: Cases = {}
    for test in {test for name in names for test in cases.get(name, ())}:
        found[test] = (_in_case(node, known, cases, test, 0), _in_case(node, known, cases, test, 1))
        whole = within(whole, union(*found[test]))
    return whole, found


def _in_case(
    node: ast.expr, known: Callable[[str], Bounds], cases: Mapping[str, Cases], test: str, side: int
) -> Bounds:
    def known_there(name: str) -> Bounds:
        found = cases.get(name, {}).get(test)
        return known(name) if found is None else found[side]

    return bounds(node, known_there)


def narrowed(test: ast.expr, holds: bool, known: Callable[[str], Bounds]) -> dict[str, Bounds]:
    """Return the bounds of a variable that is compared with a number, where the comparison holds or where not."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name)):
        return {}
    [limit], below = test.comparators, isinstance(test.ops[0], (ast.Lt, ast.LtE))
    if not (below or isinstance(test.ops[0], (ast.Gt, ast.GtE))) or not isinstance(limit, ast.Constant):
        return {}
    number = float(limit.value)  # type: ignore[arg-type]
    side = (-math.inf, number) if below == holds else (number, math.inf)
    low, high = within(known(test.left.id), side)
    return {test.left.id: (low, high)} if low <= high else {}


def bounds(node: ast.expr, known: Callable[[str], Bounds]) -> Bounds:
    """Return the bounds of an expression. known: those of variables."""
    if isinstance(node, ast.Name):
        return known(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value), float(node.value)
    if isinstance(node, ast.Compare):
        return 0.0, 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        low, high = bounds(node.operand, known)
        return -high, -low
    if isinstance(node, ast.IfExp):
        return union(bounds(node.body, known), bounds(node.orelse, known))
    if isinstance(node, ast.BinOp):
        return _operation(node.op, bounds(node.left, known), bounds(node.right, known))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Constant) and not node.keywords:
        return _call(node.func.value, [bounds(a, known) for a in node.args])
    return ANY


def _operation(op: ast.operator, a: Bounds, b: Bounds) -> Bounds:
    if isinstance(op, ast.Add):
        return a[0] + b[0], a[1] + b[1]
    if isinstance(op, ast.Sub):
        return a[0] - b[1], a[1] - b[0]
    if isinstance(op, ast.Div) and (b[0] > 0.0 or b[1] < 0.0):
        op, b = ast.Mult(), (1.0 / b[1], 1.0 / b[0])
    if isinstance(op, ast.Mult):
        return _extremes(0.0 if 0.0 in (x, y) else x * y for x in a for y in b)
    if isinstance(op, ast.Pow) and b[0] == b[1] and b[0] in (2, 3, 4):
        powers = _extremes(x ** int(b[0]) if abs(x) < _LARGEST else math.copysign(math.inf, x) for x in a)
        return powers if b[0] == 3 else (0.0, max(map(abs, powers)))
    return ANY


def _call(function: object, given: list[Bounds]) -> Bounds:
    if function in _WITHIN:
        return _WITHIN[function]
    if function in _INCREASING:
        [(low, high)] = given
        low, high = function(low), function(high)
        return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
    if function is rules.exp:
        return given[1]
    if function is rules.expm1:
        return _operation(ast.Add(), given[1], (1.0, 1.0))
    if function is rules.log1p:
        return _operation(ast.Div(), (1.0, 1.0), _operation(ast.Add(), (1.0, 1.0), given[0]))
    if function is abs:
        [(low, high)] = given
        return max(0.0, low, -high), max(-low, high)
    if function in (max, min) and len(given) > 1:
        return function(a for a, _ in given), function(b for _, b in given)
    return ANY


def _extremes(numbers: Iterable[float]) -> Bounds:
    found = list(numbers)
    return min(found), max(found)
