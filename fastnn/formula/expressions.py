"""Rewrite the expressions of a specialised formula: reals get the dtype of the data, integers stay integers."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import reduce
from typing import Any

from fastnn import mathematics
from fastnn.formula.choosing import choice, is_cheap, is_choice
from fastnn.formula.derived import Derived
from fastnn.formula.kinds import (
    INTEGER,
    REAL,
    ROW,
    TRUTH,
    Clash,
    Kind,
    call,
    convert,
    is_number,
    join,
    named,
)  # fmt: skip
from fastnn.formula.meaning import MATHEMATICS, constant
from fastnn.formula.meaning import REAL as CASTS
from fastnn.formula.source import find
from fastnn.formula.specialise import Special

Typed = tuple[ast.expr, Kind]

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.FloorDiv)
_BITS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_BUILTINS = ("abs", "max", "min", "len", "range", "int")
_CONDITIONS = ("isnan", "isfinite")
_MAX_PRODUCT_EXPONENT = 64  # x**n with |n| up to this is computed by repeated multiplication


class Expressions:
    """Rewrites expressions and infers their kinds. ``helper`` adds a plain function for given kinds and constants."""

    def __init__(self, special: Special, helper: Callable[..., tuple[str, Kind]]):
        self.special = special
        self.source = special.source
        self.helper = helper
        self.kinds: dict[str, Kind] = {}

    def name(self, local: str) -> str:
        """Return the name of a variable, changed if the compiled module itself uses that name."""
        return "its_" + local if local.startswith(("_", "its_")) or local in _BUILTINS else local

    def expression(self, node: ast.expr) -> Typed:
        """Return the rewritten expression and its kind."""
        try:
            return getattr(self, "_" + type(node).__name__)(node)
        except Clash as error:
            self.source.refuse(node, f"{error}.")
        except AttributeError as error:
            if error.obj is not self:
                raise
            self.source.refuse(node, f"{self.source.written(node)} is not supported here.")

    def number(self, node: ast.expr) -> Typed:
        """Return an expression that must be a number, and its kind."""
        new, kind = self.expression(node)
        if not is_number(kind):
            self.source.refuse(node, f"{self.source.written(node)} is {named(kind)}, not a number.")
        return new, kind

    def real(self, node: ast.expr) -> ast.expr:
        return convert(*self.number(node), REAL)

    def integer(self, node: ast.expr) -> ast.expr:
        """Return an expression that must be an integer: an index or the bound of a loop."""
        new, kind = self.number(node)
        if kind == REAL:
            self.source.refuse(node, f"{self.source.written(node)} must be an integer.")
        return convert(new, kind, INTEGER)

    def condition(self, node: ast.expr) -> ast.expr:
        """Return an expression as a boolean."""
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.condition(v) for v in node.values])
        return convert(*self.number(node), TRUTH)

    def alike(self, nodes: list[ast.expr], at_least: Kind = None) -> tuple[list[ast.expr], Kind]:
        """Return numbers converted to the kind that can hold all of them, and this kind."""
        typed = [self.number(n) for n in nodes]
        kind = reduce(join, (k for _, k in typed), at_least)
        return [convert(n, k, kind) for n, k in typed], kind

    def _Name(self, node: ast.Name) -> Typed:
        if node.id not in self.kinds:
            self.source.refuse(node, f"{node.id} is used before it has a value.")
        return ast.Name(self.name(node.id), ast.Load()), self.kinds[node.id]

    def _Constant(self, node: ast.Constant) -> Typed:
        value: Any = node.value
        if isinstance(value, tuple):
            return self._Tuple(ast.Tuple([ast.copy_location(ast.Constant(v), node) for v in value], ast.Load()))
        if isinstance(value, bool):
            return ast.Constant(value), TRUTH
        if isinstance(value, int):
            return ast.Constant(value), INTEGER
        if isinstance(value, float):
            return convert(ast.Constant(value), INTEGER, REAL), REAL
        self.source.refuse(node, f"{value!r} is not a number.")

    def _Tuple(self, node: ast.Tuple) -> Typed:
        typed = [self.expression(e) for e in node.elts]
        return ast.Tuple([n for n, _ in typed], ast.Load()), tuple(k for _, k in typed)

    def _UnaryOp(self, node: ast.UnaryOp) -> Typed:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self.condition(node.operand)), TRUTH
        if isinstance(node.op, ast.Invert):
            return ast.UnaryOp(node.op, self.integer(node.operand)), INTEGER
        [operand], kind = self.alike([node.operand], INTEGER)
        return (operand if isinstance(node.op, ast.UAdd) else ast.UnaryOp(node.op, operand)), kind

    def _BinOp(self, node: ast.BinOp) -> Typed:
        if isinstance(node.op, ast.Pow):
            return self.power(node.left, node.right)
        if isinstance(node.op, ast.Div):
            (left, right), kind = self.alike([node.left, node.right], REAL)
        elif isinstance(node.op, _ARITHMETIC):
            (left, right), kind = self.alike([node.left, node.right], INTEGER)
        elif isinstance(node.op, _BITS):
            (left, right), kind = self.alike([node.left, node.right])
            if kind == REAL:
                self.source.refuse(node, f"{self.source.written(node)}: only integers and booleans are allowed.")
        else:
            self.source.refuse(node, f"{self.source.written(node)} cannot be compiled.")
        return ast.BinOp(left, node.op, right), kind

    def power(self, base: ast.expr, exponent: ast.expr) -> Typed:
        """Rewrite base ** exponent: products for a constant integer exponent, sqrt for 0.5, else mathematics.pow."""
        n = exponent.value if isinstance(exponent, ast.Constant) else None
        if isinstance(n, (int, float)) and float(n).is_integer() and abs(n) <= _MAX_PRODUCT_EXPONENT:
            [left], kind = self.alike([base], INTEGER if n >= 0 and isinstance(n, int) else REAL)
            return ast.BinOp(left, ast.Pow(), ast.Constant(int(n))), kind
        if n == 0.5:
            return call(self._mathematics(mathematics.sqrt), self.real(base)), REAL
        return call(self._mathematics(mathematics.pow), self.real(base), self.real(exponent)), REAL

    def _BoolOp(self, node: ast.BoolOp) -> Typed:
        values, kind = self.alike(node.values)
        return ast.BoolOp(node.op, values), kind

    def _Compare(self, node: ast.Compare) -> Typed:
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            self.source.refuse(node, f"{self.source.written(node)}: use ==, !=, <, <=, > or >= to compare numbers.")
        operands, _ = self.alike([node.left, *node.comparators], INTEGER)
        return ast.Compare(operands[0], node.ops, operands[1:]), TRUTH

    def _IfExp(self, node: ast.IfExp) -> Typed:
        test = self.condition(node.test)
        (body, orelse), kind = self.alike([node.body, node.orelse])
        if self.special.derived and kind == REAL and is_choice(node.test) and is_cheap(node.body):
            [left, right], compared = self.alike([node.test.left, *node.test.comparators], INTEGER)  # type: ignore[attr-defined]
            if compared == REAL and is_cheap(node.orelse):
                return choice(node.test.ops[0], left, right, body, orelse), kind  # type: ignore[attr-defined]
        return ast.IfExp(test, body, orelse), kind

    def _Subscript(self, node: ast.Subscript) -> Typed:
        row, kind = self.expression(node.value)
        if kind != ROW:
            self.source.refuse(node, f"{self.source.written(node)}: only a row can be indexed.")
        index = self.integer(node.slice)
        if isinstance(index, ast.Constant) and index.value < 0:  # type: ignore[operator]
            index = ast.BinOp(call("len", row), ast.Sub(), ast.Constant(-index.value))  # type: ignore[operator]
        return ast.Subscript(row, index, ast.Load()), REAL

    def _Call(self, node: ast.Call) -> Typed:
        function = node.func.value  # type: ignore[attr-defined]
        if function in MATHEMATICS:
            arguments = [self.real(a) for a in self._positional(node, function)]
            result = TRUTH if MATHEMATICS[function] in _CONDITIONS else REAL
            return call(self._mathematics(function), *arguments), result
        if function in CASTS:
            return self.real(*self._arguments(node, 1)), REAL
        if function in (max, min) and len(node.args) < 2:
            self.source.refuse(node, f"{function.__name__} needs at least two numbers; write a loop for a row.")
        if function in (max, min, abs):
            arguments, joined = self.alike(self._arguments(node, 1 if function is abs else None), INTEGER)
            return call(function.__name__, *arguments), joined
        if function is bool:
            return self.condition(*self._arguments(node, 1)), TRUTH
        if function is int:
            [argument] = self._arguments(node, 1)
            return call("int", self.number(argument)[0]), INTEGER
        if function is len:
            row, kind = self.expression(*self._arguments(node, 1))
            if kind != ROW:
                self.source.refuse(node, "len can be used only with a row.")
            return call("len", row), INTEGER
        if function is pow:
            return self.power(*self._arguments(node, 2))
        if function is range:
            self.source.refuse(node, "range can be used only in a for loop.")
        return self._helper(node, function)

    def _helper(self, node: ast.Call, function: Any) -> Typed:
        """Rewrite the call of another plain function. Constant arguments are compiled into that function."""
        active = function.active if isinstance(function, Derived) else ()
        function = function.function if isinstance(function, Derived) else function
        source = find(function)
        constants, arguments, kinds = {}, [], []
        for name, argument in self._bound(node, function).items():
            if not isinstance(argument, ast.expr):
                argument = ast.copy_location(ast.Constant(constant(source, node, name, argument)), node)
            if isinstance(argument, ast.Constant):
                constants[name] = argument.value
                continue
            new, kind = self.expression(argument)
            arguments.append(new)
            kinds.append(kind)
        name, result = self.helper(source, constants, kinds, active=active)
        return call(name, *arguments), result

    def _bound(self, node: ast.Call, function: Any) -> dict[str, Any]:
        keywords = {k.arg or "": k.value for k in node.keywords}
        try:
            bound = inspect.signature(function, follow_wrapped=False).bind(*node.args, **keywords)
        except TypeError as error:
            self.source.refuse(node, f"{function.__name__}: {error}.")
        bound.apply_defaults()
        return bound.arguments

    def _positional(self, node: ast.Call, function: Any) -> list[ast.expr]:
        return list(self._bound(node, function).values())

    def _arguments(self, node: ast.Call, count: int | None = None) -> list[ast.expr]:
        if node.keywords or (count is not None and len(node.args) != count):
            self.source.refuse(node, f"{self.source.written(node)}: it takes {count or 'only'} positional arguments.")
        return node.args

    @staticmethod
    def _mathematics(function: Any) -> str:
        return "_" + MATHEMATICS[function]
