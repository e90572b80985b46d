"""On which side of its kink abs(u) is for u = 0: on the side of the branch that a formula takes there.

A smooth function is often written in two pieces, so that it is stable: ``e = exp(-abs(x))`` and then
``1 / (1 + e) if x >= 0 else e / (1 + e)``. At x = 0 the first piece is taken. Its derivative is right only with the
derivative that abs has on that side, 1. If no comparison decides, the derivative of abs at 0 is 0.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from fastnn.formula.equivalents import maximum, minimum

_TRUE_ABOVE = {ast.Gt: -1, ast.GtE: 1, ast.Lt: 1, ast.LtE: -1}  # the side of a - b = 0 in the branch taken


class Ties:
    """What the comparisons of a function say about equal numbers."""

    def __init__(self, body: Iterable[ast.stmt]):
        self._sides: dict[tuple[str, str], set[int]] = {}
        for node in (n for statement in body for n in ast.walk(statement)):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _TRUE_ABOVE:
                self._add(node.left, node.comparators[0], _TRUE_ABOVE[type(node.ops[0])])
            elif isinstance(node, ast.Call) and len(node.args) == 2:
                function = node.func.value  # type: ignore[attr-defined]
                if function in (max, min, maximum, minimum):  # the first of two equal numbers
                    self._add(node.args[0], node.args[1], 1 if function in (max, maximum) else -1)

    def side(self, u: ast.expr) -> int:
        """Return 1 or -1 if the formula counts u = 0 as positive or as negative; 0 if it does not say, or both."""
        pair = (u.left, u.right) if isinstance(u, ast.BinOp) and isinstance(u.op, ast.Sub) else (u, ast.Constant(0))
        a, b, sign = _without_minus(*pair, 1)
        found = self._sides.get(_key(a, b), set())
        return sign * next(iter(found)) if len(found) == 1 else 0

    def _add(self, a: ast.expr, b: ast.expr, side: int) -> None:
        a, b, side = _without_minus(a, b, side)
        self._sides.setdefault(_key(a, b), set()).add(side)
        self._sides.setdefault(_key(b, a), set()).add(-side)


def _without_minus(a: ast.expr, b: ast.expr, side: int) -> tuple[ast.expr, ast.expr, int]:
    """Return the same comparison with v and 0 where -v is compared with 0."""
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub) and _text(b) == "0":
        return a.operand, b, -side
    if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub) and _text(a) == "0":
        return b.operand, a, side
    return a, b, side


def _key(a: ast.expr, b: ast.expr) -> tuple[str, str]:
    return _text(a), _text(b)


def _text(node: ast.expr) -> str:
    zero = isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and node.value == 0
    return "0" if zero else ast.dump(node)
