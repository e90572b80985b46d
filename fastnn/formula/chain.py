"""Sums and products of derivatives.

A derivative is None where it is 0 in all cases, a constant, or an expression. Constants are multiplied out here, so
that the derived code has no factors of 1 and no terms of 0.
"""

from __future__ import annotations

import ast

Slope = ast.expr | None


def add(a: Slope, b: Slope) -> Slope:
    """Return a + b."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
        return ast.Constant(a.value + b.value)  # type: ignore[operator]
    if isinstance(b, ast.UnaryOp):
        return ast.BinOp(a, ast.Sub(), b.operand)
    return ast.BinOp(a, ast.Add(), b)


def minus(a: Slope) -> Slope:
    """Return -a."""
    if a is None:
        return None
    if isinstance(a, ast.Constant):
        return ast.Constant(-a.value)  # type: ignore[operator]
    return a.operand if isinstance(a, ast.UnaryOp) else ast.UnaryOp(ast.USub(), a)


def scaled(factor: ast.expr, slope: ast.expr) -> ast.expr:
    """Return factor * slope, without a multiplication by 1 or -1."""
    for a, b in ((factor, slope), (slope, factor)):
        if isinstance(a, ast.Constant):
            if isinstance(b, ast.Constant):
                return ast.Constant(a.value * b.value)  # type: ignore[operator]
            if a.value in (1, -1):
                return b if a.value == 1 else ast.UnaryOp(ast.USub(), b)
    return ast.BinOp(factor, ast.Mult(), slope)


def unless_zero(tested: list[ast.expr], factor: ast.expr, slope: ast.expr) -> ast.expr:
    """Return factor * slope, and 0 where a number in ``tested`` is 0: it must not become NaN by an infinite factor."""
    tests: list[ast.expr] = [ast.Compare(t, [ast.Eq()], [ast.Constant(0.0)]) for t in tested]
    test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)
    return ast.IfExp(test, ast.Constant(0.0), ast.BinOp(factor, ast.Mult(), slope))
