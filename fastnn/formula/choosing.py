"""Choices between two computed numbers, for derived code: one instruction on every device, instead of a branch.

LLVM threads branches on the same variable into each other and is left with more instructions than the choices had.
"""

from __future__ import annotations

import ast

from fastnn.formula.kinds import call


def if_less(x: float, y: float, a: float, b: float) -> float:
    """Return a if x < y, else b."""
    return a if x < y else b


def if_at_most(x: float, y: float, a: float, b: float) -> float:
    """Return a if x <= y, else b."""
    return a if x <= y else b


def if_equal(x: float, y: float, a: float, b: float) -> float:
    """Return a if x == y, else b."""
    return a if x == y else b


CHOICES = {f"_{f.__name__}": f for f in (if_less, if_at_most, if_equal)}
OPERATORS: dict[str, type[ast.cmpop]] = {"_if_less": ast.Lt, "_if_at_most": ast.LtE, "_if_equal": ast.Eq}
_FORMS: dict[type, tuple[str, bool, bool]] = {  # the name, whether x and y change places, and whether a and b do
    ast.Lt: ("_if_less", False, False), ast.Gt: ("_if_less", True, False),
    ast.LtE: ("_if_at_most", False, False), ast.GtE: ("_if_at_most", True, False),
    ast.Eq: ("_if_equal", False, False), ast.NotEq: ("_if_equal", False, True),
}  # fmt: skip
_CHEAP = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.expr_context, ast.cmpop,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.UAdd,
)  # fmt: skip


def is_choice(test: ast.expr) -> bool:
    """Return whether a test is one comparison."""
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _FORMS and is_cheap(test)


def is_cheap(node: ast.AST) -> bool:
    """Return whether an expression is arithmetic without a call, which may as well be computed for nothing."""
    return all(isinstance(n, _CHEAP) for n in ast.walk(node))


def choice(op: ast.cmpop, x: ast.expr, y: ast.expr, a: ast.expr, b: ast.expr) -> ast.Call:
    """Return the call that stands for ``a if x op y else b``."""
    name, swapped, reversed_ = _FORMS[type(op)]
    x, y = (y, x) if swapped else (x, y)
    a, b = (b, a) if reversed_ else (a, b)
    return call(name, x, y, a, b)
