"""Differentiate a specialised function: a function that returns its value and its derivatives, statement by statement.

Next to each variable that depends on one of the arguments there is a variable for its derivative. Branches stay what
they are, so at a kink the derivative is that of the branch that the value falls in.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter

from fastnn.formula.bounds import INPUT
from fastnn.formula.calls import Calls
from fastnn.formula.chain import Slope
from fastnn.formula.slopes import Dual
from fastnn.formula.specialise import Special


def differentiate(special: Special, active: tuple[str, ...], option: str, inner: bool = True) -> Special:
    """Return the function that returns its value, then its derivative for each of the arguments ``active``.

    A function that returns several numbers returns the derivatives of each behind it. ``option`` is the argument of
    the part that makes deriving unnecessary: an error names it. inner: the function is called by another one, with any
    numbers.
    """
    return Special(
        special.source, special.parameters, _Differentiation(special, active, option, inner).body(), derived=True
    )


class _Differentiation(Calls):
    def body(self) -> list[ast.stmt]:
        """Return the statements. They are derived until the dependencies of all variables no longer change."""
        while True:
            before = copy.deepcopy(self.depends)
            self.fresh.clear()
            self.cases, self.switches, self.factors = {}, set(), []
            self.bounds = {} if self.inner else {n: INPUT for n in self.active if n not in self.stored}
            self.known = {(n, i): ast.Constant(1.0) for i, n in enumerate(self.active) if n not in self.stored}
            self.out = []
            for name in (p for p in self.special.parameters if p in self.stored):  # the function assigns to it
                for i in self.depends.get(name, ()):
                    self.emit(self.slope_name(name, i), ast.Constant(1.0 if self.active[i] == name else 0.0))
                    self.forget(self.slope_name(name, i))
            result = [*self.out, *self.block(self.special.body)]
            if self.depends == before:
                return result

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        outside, self.out = self.out, []
        for place, statement in enumerate(statements):
            self.after = statements[place + 1 :] if statements is self.special.body else []
            getattr(self, "_do_" + type(statement).__name__, self._do_other)(statement)
        inside, self.out = self.out, outside
        return inside

    def _do_other(self, node: ast.stmt) -> None:
        self.out.append(node)  # pass, break, continue: nothing to derive

    def _do_Expr(self, node: ast.Expr) -> None:
        """Leave out a call of which nothing is used."""

    def _do_While(self, node: ast.While) -> None:
        self.refuse(node, "how often this loop runs is not known.")

    def _do_For(self, node: ast.For) -> None:
        call = node.iter
        known = isinstance(call, ast.Call) and all(isinstance(a, ast.Constant) for a in call.args)
        if not known or call.func.value is not range:  # type: ignore[attr-defined]
            self.refuse(node, "how often this loop runs is not known.")
        self.out.append(ast.copy_location(ast.For(node.target, node.iter, self.block(node.body), []), node))

    def _do_If(self, node: ast.If) -> None:
        with self.assuming(node.test, True):
            body = self.block(node.body)
        with self.assuming(node.test, False):
            orelse = self.block(node.orelse)
        self.out.append(ast.copy_location(ast.If(node.test, body or [ast.Pass()], orelse), node))

    def _do_Return(self, node: ast.Return) -> None:
        results = self.several(node.value) if node.value is not None else []
        numbers = [x for d in results for x in (d.value, *(self.whole(s) or ast.Constant(0.0) for s in d.slopes))]
        self.out.append(ast.copy_location(ast.Return(ast.Tuple(numbers, ast.Load())), node))

    def _do_Assign(self, node: ast.Assign) -> None:
        first = node.targets[0]
        duals = self.several(node.value, len(first.elts)) if isinstance(first, ast.Tuple) else [self.dual(node.value)]
        if len(duals) * len(node.targets) > 1:  # what is assigned first must not change what is assigned next
            duals = [Dual(self.copied(d.value), [s and self.copied(s) for s in d.slopes]) for d in duals]
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            if len(names) != len(duals) or not all(isinstance(n, ast.Name) for n in names):
                self.refuse(node, f"{self.source.written(target)} is not assigned one number for each name.")
            for name, dual in zip(names, duals, strict=True):
                self.store(node, name.id, dual)  # type: ignore[attr-defined]

    def several(self, node: ast.expr, count: int = 1) -> list[Dual]:
        """Return the duals of the numbers of a tuple, or of one number."""
        if isinstance(node, ast.Tuple):
            return [self.held(e) for e in node.elts]
        if isinstance(node, ast.Constant) and isinstance(node.value, tuple):
            return [Dual(ast.copy_location(ast.Constant(v), node), self.none()) for v in node.value]
        if count > 1 and isinstance(node, ast.Call):
            return self.call(node, node.func.value, count)  # type: ignore[attr-defined]
        return [self.dual(node)]

    def copied(self, value: ast.expr) -> ast.expr:
        """Return what keeps its value when variables change."""
        return value if isinstance(value, ast.Constant) else self.emit(self.new("v"), value)

    def whole(self, slope: Slope) -> Slope:
        """Return a derivative by the argument: so far it is one by the variable that all else depends on."""
        for factor in self.factors:
            slope = slope and self.product(self.hold(slope, "d"), factor)
        return slope

    def all_depends_on(self, name: str) -> bool:
        """Return whether the statements that follow depend on the only argument through this variable alone."""
        names = [n for s in self.after for n in ast.walk(s) if isinstance(n, ast.Name)]
        stores = Counter(n.id for n in names if isinstance(n.ctx, ast.Store))
        others = {n.id for n in names if stores[n.id] < self.stored[n.id] or not stores[n.id]} - {name}
        return len(self.active) == 1 and bool(self.after) and not any(map(self.depends.get, others))

    def store(self, node: ast.stmt, name: str, dual: Dual) -> None:
        """Append the assignments of a variable and of its derivatives, which may need its value before."""
        depends = self.depends.setdefault(name, set())
        depends.update(i for i, s in enumerate(dual.slopes) if s is not None)
        once = self.stored[name] == 1 and name not in self.special.parameters
        for i in sorted(depends):
            slope = dual.slopes[i] or ast.Constant(0.0)
            if once and isinstance(slope, ast.Constant):
                self.known[name, i] = slope
            else:
                self.emit(self.slope_name(name, i), slope)
                if not once:
                    self.forget(self.slope_name(name, i))
                elif self.all_depends_on(name):
                    self.factors.append(ast.Name(self.slope_name(name, i), ast.Load()))
                    self.known[name, i] = ast.Constant(1.0)
        if once:
            self.bounds[name], self.cases[name] = self.measured(dual.value)
        self.out.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], dual.value), node))
