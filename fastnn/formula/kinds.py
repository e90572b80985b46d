"""What a formula computes with: real numbers (of the data's dtype), integers, truth values, rows of reals.

A tuple of kinds is the kind of a tuple; None is not known yet.
"""

from __future__ import annotations

import ast
import math
from typing import TypeAlias

Kind: TypeAlias = "str | tuple[Kind, ...] | None"

REAL, INTEGER, TRUTH, ROW, NOTHING = "real", "integer", "truth", "row", "nothing"
_NUMBERS = (TRUTH, INTEGER, REAL)  # each can be converted to the later ones
_WORDS = {REAL: "a number", INTEGER: "an integer", TRUTH: "a truth value", ROW: "a row", NOTHING: "nothing"}
ZERO = ast.Constant(0)


class Clash(Exception):
    """Two kinds that no variable can hold both."""


def join(a: Kind, b: Kind) -> Kind:
    """The kind that holds both."""
    if a is None or a == b:
        return b
    if b is None:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(join(x, y) for x, y in zip(a, b, strict=True))
    if a in _NUMBERS and b in _NUMBERS:
        return max(a, b, key=_NUMBERS.index)
    raise Clash(f"{named(a)} and {named(b)} do not go together")


def named(kind: Kind) -> str:
    """In words."""
    if isinstance(kind, tuple):
        return "a tuple of " + str(len(kind))
    return _WORDS[kind] if kind is not None else "a value that is never set"


def is_number(kind: Kind) -> bool:
    """Whether it can be computed with."""
    return kind is None or kind in _NUMBERS


def convert(node: ast.expr, kind: Kind, wanted: Kind) -> ast.expr:
    """The expression of one kind as another; a cast to the dtype is a call of ``_real``."""
    if kind is None or wanted is None or kind == wanted:
        return node
    if isinstance(wanted, tuple):
        if isinstance(kind, tuple) and isinstance(node, ast.Tuple) and len(kind) == len(wanted):
            return ast.Tuple([convert(n, k, w) for n, k, w in zip(node.elts, kind, wanted, strict=True)], ast.Load())
        raise Clash(f"{named(kind)} stands where {named(wanted)} is needed")
    if wanted == REAL and is_number(kind):
        return real(node)
    if wanted == INTEGER and kind == TRUTH:
        return call("int", node)
    if wanted == TRUTH and is_number(kind):
        return ast.Compare(node, [ast.NotEq()], [ZERO if kind == INTEGER else real(ZERO)])
    raise Clash(f"{named(kind)} stands where {named(wanted)} is needed")


def real(node: ast.expr) -> ast.expr:
    """The number in the data's dtype; a constant with all its bits."""
    if isinstance(node, ast.Constant):
        value = float(node.value)  # type: ignore[arg-type]
        if math.isnan(value):
            return call("_real", ast.Name("_nan", ast.Load()))
        node = ast.Constant(abs(value))
        if math.copysign(1.0, value) < 0:
            return call("_real", ast.UnaryOp(ast.USub(), node))
    return call("_real", node)


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """name(*arguments)"""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
