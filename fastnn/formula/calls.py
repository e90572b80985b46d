"""Differentiate the calls in a formula: by rules, and the author's other functions by their own derivatives."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from fastnn.formula.chain import Slope, add, minus
from fastnn.formula.derived import Derived
from fastnn.formula.equivalents import maximum, minimum
from fastnn.formula.meaning import REAL as CASTS
from fastnn.formula.rules import RULES
from fastnn.formula.slopes import Dual, Slopes

ZERO = ast.Constant(0.0)


class Calls(Slopes):
    """Differentiates expressions with calls in them."""

    def _Call(self, node: ast.Call) -> Dual:
        function = node.func.value  # type: ignore[attr-defined]
        if function in (int, bool, len):
            return Dual(node, self.none())
        if function in CASTS:
            [argument] = [self.held(a) for a in node.args]
            return Dual(ast.Call(node.func, [argument.value], []), argument.slopes)
        if function is abs:
            return self._abs(node)
        if function in (max, min, maximum, minimum):
            return self._extreme(node, function)
        if function is pow:
            return self.power(node, *node.args)
        return self.call(node, function)[0]

    def call(self, node: ast.Call, function: Any, results: int = 1) -> list[Dual]:
        """Differentiate the call of a function with rules, or of a plain one, which returns this many numbers."""
        names = self.bound_arguments(node, function)
        given = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in names.values()]
        arguments = dict(zip(names, map(self.held, given), strict=True))
        if function in RULES:
            value = ast.Call(node.func, [a.value for a in arguments.values()], [])
            return [self.by_rule(node, value, list(arguments.values()), RULES[function])]
        return self.derived(node, function, arguments, results)

    def _abs(self, node: ast.Call) -> Dual:
        [argument] = [self.held(a) for a in node.args]
        u, side = argument.value, self.ties.side(node.args[0])

        def slope(s: ast.expr) -> ast.expr:
            opposite = minus(s) or s
            if side > 0:
                return ast.IfExp(ast.Compare(u, [ast.Lt()], [ZERO]), opposite, s)
            rest = opposite if side < 0 else ast.IfExp(ast.Compare(u, [ast.Lt()], [ZERO]), opposite, u)  # 0 or NaN
            return ast.IfExp(ast.Compare(u, [ast.Gt()], [ZERO]), s, rest)

        slopes = [s and slope(s) for s in argument.slopes]
        return Dual(ast.Call(node.func, [u], []), slopes)

    def _extreme(self, node: ast.Call, function: Any) -> Dual:
        """Differentiate max or min: of two equal numbers the first counts."""
        first, *others = [self.held(a) for a in node.args]
        compare: Any = ast.GtE if function in (max, maximum) else ast.LtE
        for other in others:
            test = self.hold(ast.Compare(first.value, [compare()], [other.value]), "first")
            slopes: list[Slope] = []
            for a, b in zip(first.slopes, other.slopes, strict=True):
                both = (a or ast.Constant(0.0), b or ast.Constant(0.0))
                slopes.append(None if a is None and b is None else self.hold(ast.IfExp(test, *both), "d"))
            value = self.hold(ast.copy_location(ast.Call(node.func, [first.value, other.value], []), node))
            first = Dual(value, slopes)
        return first

    def derived(self, node: ast.Call, function: Any, arguments: dict[str, Dual], results: int) -> list[Dual]:
        """Differentiate a call of another plain function, which returns this many numbers."""
        active = tuple(name for name, a in arguments.items() if any(a.slopes))
        called: Any = Derived(function, active) if active else function
        call = ast.copy_location(ast.Call(ast.Constant(called), *_arguments(function, arguments)), node)
        count = 1 + len(active)
        if results * count == 1:
            return [Dual(call, self.none())]
        names = [self.new("v" if k % count == 0 else "d") for k in range(results * count)]
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
        self.out.append(ast.copy_location(ast.Assign([target], call), node))
        duals = []
        for k in range(0, len(names), count):
            slopes = self.none()
            for name, argument in zip(names[k + 1 : k + count], active, strict=True):
                terms = self.chain(ast.Name(name, ast.Load()), arguments[argument].slopes)
                slopes = [add(a, b) for a, b in zip(slopes, terms, strict=True)]
            duals.append(Dual(ast.Name(names[k], ast.Load()), slopes))
        return duals

    def bound_arguments(self, node: ast.Call, function: Any) -> dict[str, Any]:
        """Return the arguments of a call by name, with the defaults."""
        keywords = {k.arg or "": k.value for k in node.keywords}
        bound = inspect.signature(function, follow_wrapped=False).bind(*node.args, **keywords)
        bound.apply_defaults()
        return bound.arguments


def _arguments(function: Any, given: dict[str, Dual]) -> tuple[list[ast.expr], list[ast.keyword]]:
    """Return the arguments of a call by position, as far as they must be, and by name."""
    kinds = inspect.signature(function, follow_wrapped=False).parameters
    first = [a.value for name, a in given.items() if kinds[name].kind == inspect.Parameter.POSITIONAL_ONLY]
    return first, [ast.keyword(name, a.value) for name, a in list(given.items())[len(first) :]]
