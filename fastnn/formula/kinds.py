"""The kinds (types) of values in a formula: reals (in the dtype of the data), integers, booleans, rows of reals.

A tuple of kinds is the kind of a tuple. None means that the kind is not known yet.
"""

from __future__ import annotations

import ast
import math
from typing import TypeAlias

Kind: TypeAlias = "str | tuple[Kind, ...] | None"

REAL, INTEGER, TRUTH, ROW, NOTHING = "real", "integer", "truth", "row", "nothing"
_NUMBERS = (TRUTH, INTEGER, REAL)  # each can be converted to the ones after it
_NAMES = {REAL: "a number", INTEGER: "an integer", TRUTH: "a boolean", ROW: "a row", NOTHING: "nothing"}
ZERO = ast.Constant(0)


class Clash(Exception):
    """A value of one kind is used where another, incompatible kind is needed."""


def join(a: Kind, b: Kind) -> Kind:
    """Return the kind that can hold values of both kinds."""
    if a is None or a == b:
        return b
    if b is None:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(join(x, y) for x, y in zip(a, b, strict=True))
    if a in _NUMBERS and b in _NUMBERS:
        return max(a, b, key=_NUMBERS.index)
    raise Clash(f"{named(a)} and {named(b)} cannot be combined")


def named(kind: Kind) -> str:
    """Return the name of a kind for messages."""
    if isinstance(kind, tuple):
        return "a tuple of " + str(len(kind))
    return _NAMES[kind] if kind is not None else "a value that is never set"


def is_number(kind: Kind) -> bool:
    """Return whether a kind is a number (or not known yet)."""
    return kind is None or kind in _NUMBERS


def convert(node: ast.expr, kind: Kind, wanted: Kind) -> ast.expr:
    """Return the expression converted from one kind to another. A cast to the dtype is a call of ``_real``."""
    if kind is None or wanted is None or kind == wanted:
        return node
    if isinstance(wanted, tuple):
        if isinstance(kind, tuple) and isinstance(node, ast.Tuple) and len(kind) == len(wanted):
            return ast.Tuple([convert(n, k, w) for n, k, w in zip(node.elts, kind, wanted, strict=True)], ast.Load())
        raise Clash(f"{named(kind)} is used where {named(wanted)} is needed")
    if wanted == REAL and is_number(kind):
        return real(node)
    if wanted == INTEGER and kind == TRUTH:
        return call("int", node)
    if wanted == TRUTH and is_number(kind):
        return ast.Compare(node, [ast.NotEq()], [ZERO if kind == INTEGER else real(ZERO)])
    raise Clash(f"{named(kind)} is used where {named(wanted)} is needed")


def real(node: ast.expr) -> ast.expr:
    """Return the expression cast to the dtype of the data. The sign of zero and NaN are kept in constants."""
    if isinstance(node, ast.Constant):
        value = float(node.value)  # type: ignore[arg-type]
        if math.isnan(value):
            return call("_real", ast.Name("_nan", ast.Load()))
        node = ast.Constant(abs(value))
        if math.copysign(1.0, value) < 0:
            return call("_real", ast.UnaryOp(ast.USub(), node))
    return call("_real", node)


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """Return the expression name(*arguments)."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
