"""Differentiate the expressions of a specialised formula: forward mode, one derivative for each of some arguments.

The result is again a specialised formula. Its kinds are found and its numbers cast as those of the author's own code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, NoReturn

from fastnn import mathematics
from fastnn.formula.bounds import Bounds, finite
from fastnn.formula.chain import Slope, add, minus, scaled, unless_zero
from fastnn.formula.emitting import Emitting
from fastnn.formula.rules import RULES
from fastnn.formula.specialise import Special
from fastnn.formula.ties import Ties

_NO_SLOPE = (ast.Compare, ast.Constant)
_STEPS = (ast.FloorDiv, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)


@dataclass
class Dual:
    """The expression of a value and its derivatives. ``value`` is evaluated once: hold it before it is used twice."""

    value: ast.expr
    slopes: list[Slope]


class Slopes(Emitting):
    """Differentiates expressions. What it needs before them, it appends to ``out``."""

    def __init__(self, special: Special, active: tuple[str, ...], option: str, inner: bool):
        super().__init__(special, active)
        self.option = option
        self.inner = inner
        self.ties = Ties(special.body)
        self.known: dict[tuple[str, int], ast.Constant] = {}  # constant derivatives of variables that are set once
        self.after: list[ast.stmt] = []  # the statements after a statement of the function itself
        self.factors: list[ast.Name] = []

    def refuse(self, node: ast.AST | None, reason: str) -> NoReturn:
        self.source.refuse(node, f"it cannot be differentiated: {reason} Give {self.option}=.")

    def slope_name(self, variable: str, i: int) -> str:
        """Return the name of the variable that holds the derivative of a variable for argument i."""
        name = f"d_{variable}_d_{self.active[i]}"
        while name in self.taken:
            name += "_"
        return name

    def is_active(self, node: ast.expr) -> bool:
        return any(self.depends.get(n.id) for n in ast.walk(node) if isinstance(n, ast.Name))

    def dual(self, node: ast.expr) -> Dual:
        """Return a number's expression and its derivatives."""
        if isinstance(node, _NO_SLOPE) or not self.is_active(node):
            return Dual(node, self.none())
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            self.refuse(node, f"{self.source.written(node)} has no derivative here.")
        result: Dual = method(node)
        ast.copy_location(result.value, node)
        return result

    def held(self, node: ast.expr) -> Dual:
        """Return the dual of an operand. Value and derivatives can be used several times."""
        found = self.dual(node)
        slopes = [None if s is None else self.hold(s, "d") for s in found.slopes]
        return Dual(ast.copy_location(self.hold(found.value), node), slopes)

    def none(self) -> list[Slope]:
        return [None] * len(self.active)

    def chain(self, factor: ast.expr, slopes: list[Slope]) -> list[Slope]:
        """Return factor * slope for each slope; 0 where one is 0 and the other infinite, as in a saturated function."""
        return [None if s is None else self.product(factor, s) for s in slopes]

    def product(self, factor: ast.expr, slope: ast.expr) -> ast.expr:
        """Return factor * slope, safely where one of them may be 0 and the other infinite."""
        if isinstance(slope, ast.Name) and slope.id in self.switches:
            test = ast.Compare(slope, [ast.Eq()], [ast.Constant(0.0)])
            return ast.IfExp(test, ast.Constant(0.0), factor)
        (own, _), (other, _) = self.measured(factor), self.measured(slope)
        tested = [slope] if not finite(own) and other[0] <= 0.0 <= other[1] else []
        tested += [factor] if not finite(other) and own[0] <= 0.0 <= own[1] else []
        constant = isinstance(factor, ast.Constant) or isinstance(slope, ast.Constant)
        return unless_zero(tested, factor, slope) if tested and not constant else scaled(factor, slope)

    def _Name(self, node: ast.Name) -> Dual:
        depends = self.depends[node.id]
        slopes = self.none()
        for i in depends:
            known = self.known.get((node.id, i))
            slopes[i] = known or ast.Name(self.slope_name(node.id, i), ast.Load())
        return Dual(node, slopes)

    def _UnaryOp(self, node: ast.UnaryOp) -> Dual:
        if isinstance(node.op, (ast.Not, ast.Invert)):
            return Dual(node, self.none())
        operand = self.held(node.operand)
        slopes = [minus(s) if isinstance(node.op, ast.USub) else s for s in operand.slopes]
        return Dual(ast.UnaryOp(node.op, operand.value), slopes)

    def _BoolOp(self, node: ast.BoolOp) -> Dual:
        """``a and b`` is b if a is not 0, else a."""
        first, rest = node.values[0], node.values[1:]
        other = rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(node.op, rest), node)
        pair = (other, first) if isinstance(node.op, ast.And) else (first, other)
        return self._IfExp(ast.IfExp(first, *pair))

    def _IfExp(self, node: ast.IfExp) -> Dual:
        if not (self.is_active(node.body) or self.is_active(node.orelse)):
            return Dual(node, self.none())
        before, found, blocks = self.out, [], []
        for branch in (node.body, node.orelse):
            self.out = []
            with self.assuming(node.test, branch is node.body):
                found.append(self.dual(branch))
            blocks.append(self.out)
        self.out = before
        value, names = self.new("v"), [self.new("d") for _ in self.active]
        used = [any(d.slopes[i] is not None for d in found) for i in range(len(names))]
        each: list[dict[str, Bounds]] = []
        for dual, self.out, branch in zip(found, blocks, (node.body, node.orelse), strict=True):
            given = {value: dual.value} | {
                name: slope or ast.Constant(0.0)
                for name, slope, wanted in zip(names, dual.slopes, used, strict=True)
                if wanted
            }
            with self.assuming(node.test, branch is node.body):
                each.append({name: self.measured(number)[0] for name, number in given.items()})
                for name, number in given.items():
                    self.emit(name, number)
        self.out = before
        if all(self.is_fixed(n.id) for n in ast.walk(node.test) if isinstance(n, ast.Name)):
            for name in each[0]:
                self.cases[name] = {ast.dump(node.test): (each[0][name], each[1][name])}
        self.choose(node.test, blocks, list(each[0]))
        slopes = [ast.Name(n, ast.Load()) if u else None for n, u in zip(names, used, strict=True)]
        return Dual(ast.Name(value, ast.Load()), list(slopes))

    def _BinOp(self, node: ast.BinOp) -> Dual:
        if isinstance(node.op, _STEPS):
            return Dual(node, self.none())
        if isinstance(node.op, ast.Pow):
            return self.power(node, node.left, node.right)
        left, right = self.held(node.left), self.held(node.right)
        value: ast.expr = ast.BinOp(left.value, node.op, right.value)
        if isinstance(node.op, ast.Mult):
            pairs = zip(left.slopes, right.slopes, strict=True)
            return Dual(value, [self._of_product(left.value, right.value, *pair) for pair in pairs])
        elif isinstance(node.op, ast.Div):
            value = ast.copy_location(self.hold(value), node)
            if not any(right.slopes):
                return Dual(value, [s and ast.BinOp(s, ast.Div(), right.value) for s in left.slopes])
            minuend = self.chain(value, right.slopes)
            if isinstance(node.left, ast.Constant) and node.left.value == 1:  # d(1 / b) = -y (y db), without a division
                return Dual(value, [minus(s and self._squared(value, s)) for s in right.slopes])
            tops = [add(a, minus(b and self.hold(b, "d"))) for a, b in zip(left.slopes, minuend, strict=True)]
            return Dual(value, [s and ast.BinOp(s, ast.Div(), right.value) for s in tops])
        elif isinstance(node.op, ast.Mod):
            steps = ast.UnaryOp(ast.USub(), ast.BinOp(left.value, ast.FloorDiv(), right.value))
            parts = left.slopes, self.chain(steps, right.slopes)
        else:
            subtracted = isinstance(node.op, ast.Sub)
            parts = left.slopes, [minus(s) for s in right.slopes] if subtracted else right.slopes
        return Dual(value, [add(*pair) for pair in zip(*parts, strict=True)])

    def _of_product(self, a: ast.expr, b: ast.expr, da: Slope, db: Slope) -> Slope:
        if isinstance(da, ast.Name) and isinstance(db, ast.Name) and da.id == db.id:
            return self.product(self.hold(ast.BinOp(b, ast.Add(), a)), da)
        return add(da and self.product(b, da), db and self.product(a, db))

    def _squared(self, y: ast.expr, slope: ast.expr) -> ast.expr:
        """Return y * (y * slope), which is more stable than y * y, with the tests for both products made once."""
        inner = self.product(y, slope)
        if isinstance(inner, ast.IfExp) and finite(self.measured(slope)[0]):
            return ast.IfExp(inner.test, inner.body, ast.BinOp(y, ast.Mult(), inner.orelse))
        return self.product(y, self.hold(inner, "d"))

    def power(self, node: ast.expr, base: ast.expr, exponent: ast.expr) -> Dual:
        """Differentiate base ** exponent."""
        left, right = self.held(base), self.held(exponent)
        value: ast.expr = ast.BinOp(left.value, ast.Pow(), right.value)
        if not isinstance(exponent, ast.Constant):
            return self.by_rule(node, value, [left, right], RULES[mathematics.pow])
        n: Any = exponent.value
        if n == 0.5:
            return self.by_rule(node, value, [left], RULES[mathematics.sqrt])
        lower = left.value if n == 2 else ast.BinOp(left.value, ast.Pow(), ast.Constant(n - 1))
        if n in (0, 1):
            return Dual(value, left.slopes if n == 1 else self.none())
        factor = self.hold(ast.copy_location(ast.BinOp(exponent, ast.Mult(), lower), node))
        return Dual(value, self.chain(factor, left.slopes))

    def by_rule(self, node: ast.expr, value: ast.expr, arguments: list[Dual], found: tuple) -> Dual:
        """Differentiate a function by the rules for its arguments."""
        value = ast.copy_location(self.hold(ast.copy_location(value, node)), node)
        slopes = self.none()
        for argument, rule in zip(arguments, found, strict=True):
            if rule is not None and any(argument.slopes):
                call = ast.Call(ast.Constant(rule), [*(a.value for a in arguments), value], [])
                partial = self.hold(ast.copy_location(call, node))
                slopes = [add(a, b) for a, b in zip(slopes, self.chain(partial, argument.slopes), strict=True)]
        return Dual(value, slopes)
