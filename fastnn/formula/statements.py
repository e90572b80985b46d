"""Rewrite the statements of a specialised formula. A variable is real if it ever holds a real number."""

from __future__ import annotations

import ast
from typing import Any

from fastnn.formula.expressions import Expressions
from fastnn.formula.kinds import INTEGER, NOTHING, REAL, ROW, Clash, Kind, call, convert, join, named
from fastnn.formula.specialise import Special, terminates


class Statements(Expressions):
    """Rewrites one function. ``define`` returns its definition; then ``result`` is the kind of its result."""

    def __init__(self, special: Special, helper: Any, kinds: list[Kind], wanted: Kind = None):
        super().__init__(special, helper)
        self.parameters = dict(zip(special.parameters, kinds, strict=True))
        self.kinds = dict(self.parameters)
        self.wanted = wanted
        self.result: Kind = None
        self.fresh = 0

    def define(self, name: str) -> ast.FunctionDef:
        """Return the definition. The body is rewritten until the kinds of all variables no longer change."""
        while True:
            before = (dict(self.kinds), self.result)
            self.fresh = 0
            body = self.block(self.special.body)
            if (self.kinds, self.result) == before:
                break
        if self.result is None:
            self.result = NOTHING
        elif self.result != NOTHING and not terminates(self.special.body):
            self.source.refuse(None, "not every path through it ends with return.")
        if self.wanted is not None:
            self._check_result()
            self.result = self.wanted
        arguments = [ast.arg(self.name(p)) for p in self.special.parameters]
        signature = ast.arguments(posonlyargs=[], args=arguments, kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.FunctionDef(name, signature, body or [ast.Pass()], [], type_params=[])  # type: ignore[call-arg]

    def _check_result(self) -> None:
        result = self.result
        if isinstance(self.wanted, tuple) and len(self.wanted) == 1 and not isinstance(result, tuple):
            result = (result,)
        try:
            fits = join(result, self.wanted) == self.wanted
        except Clash:
            fits = False
        if not fits:
            self.source.refuse(None, f"it must return {named(self.wanted)}, not {named(self.result)}.")

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in statements for new in self.statement(statement)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """Return the rewritten statement, or several statements if a tuple has to be unpacked first."""
        try:
            return getattr(self, "_" + type(node).__name__)(node)
        except Clash as error:
            self.source.refuse(node, f"{error}.")

    def _Pass(self, node: ast.Pass) -> list[ast.stmt]:
        return [node]

    _Break = _Continue = _Pass

    def _Expr(self, node: ast.Expr) -> list[ast.stmt]:
        if not isinstance(node.value, ast.Call):
            self.source.refuse(node, "this line has no effect.")
        return [ast.Expr(self.expression(node.value)[0])]

    def _If(self, node: ast.If) -> list[ast.stmt]:
        return [ast.If(self.condition(node.test), self.block(node.body), self.block(node.orelse))]

    def _While(self, node: ast.While) -> list[ast.stmt]:
        return [ast.While(self.condition(node.test), self.block(node.body), [])]

    def _For(self, node: ast.For) -> list[ast.stmt]:
        if not isinstance(node.target, ast.Name):
            self.source.refuse(node, "the loop variable must be a single name.")
        target = node.target.id
        if isinstance(node.iter, ast.Call) and node.iter.func.value is range:  # type: ignore[attr-defined]
            self.store(node.target, INTEGER)
            if self.kinds[target] != INTEGER:
                self.source.refuse(node, f"the loop counter {target} also holds {named(self.kinds[target])}.")
            iterator: ast.expr = call("range", *[self.integer(a) for a in self._arguments(node.iter)])
            return [self._loop(self.name(target), iterator, self.block(node.body))]
        row, kind = self.expression(node.iter)
        if kind != ROW:
            self.source.refuse(node, f"a loop must iterate over a range or a row, not over {named(kind)}.")
        self.store(node.target, REAL)
        index = self.temporary()
        element = ast.Subscript(row, ast.Name(index, ast.Load()), ast.Load())
        first = ast.Assign([ast.Name(self.name(target), ast.Store())], element)
        return [self._loop(index, call("range", call("len", row)), [first, *self.block(node.body)])]

    @staticmethod
    def _loop(target: str, iterator: ast.expr, body: list[ast.stmt]) -> ast.For:
        return ast.For(ast.Name(target, ast.Store()), iterator, body, [])

    def _Return(self, node: ast.Return) -> list[ast.stmt]:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.result = join(self.result, NOTHING)
            return [ast.Return()]
        value, kind = self.expression(node.value)
        self.result = join(self.result, kind)
        wanted = self.wanted or self.result
        if isinstance(wanted, tuple) and len(wanted) == 1 and not isinstance(kind, tuple):
            value, kind = ast.Tuple([value], ast.Load()), (kind,)
        before: list[ast.stmt] = []
        if isinstance(kind, tuple) and kind != wanted and not isinstance(value, ast.Tuple):
            names = [self.temporary() for _ in kind]
            before.append(ast.Assign([_tuple(names, ast.Store())], value))
            value = _tuple(names, ast.Load())
        if self.wanted is not None and _lengths(kind) != _lengths(wanted):
            self.source.refuse(node, f"it must return {named(wanted)}, not {named(kind)}.")
        return [*before, ast.Return(convert(value, kind, wanted))]

    def _Assign(self, node: ast.Assign) -> list[ast.stmt]:
        first, *others = node.targets
        value, kind = self.expression(node.value)
        result = self.assign(first, value, kind)
        for target in others:
            if not isinstance(first, ast.Name):
                self.source.refuse(node, "split this assignment to several targets into several lines.")
            result += self.assign(target, *self._Name(first))
        return result

    def assign(self, target: ast.expr, value: ast.expr, kind: Kind) -> list[ast.stmt]:
        """Return statements for target = value, converted to the kind of the target."""
        if isinstance(target, ast.Subscript):
            place = self.expression(target)[0]
            place.ctx = ast.Store()  # type: ignore[attr-defined]
            return [ast.Assign([place], convert(value, kind, REAL))]
        if isinstance(target, ast.Tuple):
            return self.unpack(target, value, kind)
        if isinstance(kind, tuple) or kind == NOTHING:
            self.source.refuse(target, f"a variable cannot hold {named(kind)}.")
        wanted = self.store(target, kind)
        return [ast.Assign([ast.Name(self.name(target.id), ast.Store())], convert(value, kind, wanted))]  # type: ignore[attr-defined]

    def unpack(self, target: ast.Tuple, value: ast.expr, kind: Kind) -> list[ast.stmt]:
        """Return statements for a, b = value."""
        if not isinstance(kind, tuple) or len(kind) != len(target.elts):
            self.source.refuse(target, f"{named(kind)} cannot be unpacked into {len(target.elts)} names.")
        names = [self.temporary() for _ in kind]
        result: list[ast.stmt] = [ast.Assign([_tuple(names, ast.Store())], value)]
        for element, name, k in zip(target.elts, names, kind, strict=True):
            result += self.assign(element, ast.Name(name, ast.Load()), k)
        return result

    def store(self, target: ast.expr, kind: Kind) -> Kind:
        """Record that the variable also holds this kind, and return its joined kind."""
        if not isinstance(target, ast.Name):
            self.source.refuse(target, f"{self.source.written(target)} cannot be assigned to.")
        joined = join(self.kinds.get(target.id), kind)
        if target.id in self.parameters and joined != self.parameters[target.id]:
            declared = named(self.parameters[target.id])
            self.source.refuse(target, f"the parameter {target.id} is {declared}: give the new value another name.")
        self.kinds[target.id] = joined
        return joined

    def temporary(self) -> str:
        """Return a new name that no variable of the formula has."""
        self.fresh += 1
        return f"_{self.fresh}"


def _tuple(names: list[str], context: ast.expr_context) -> ast.Tuple:
    return ast.Tuple([ast.Name(n, context) for n in names], context)


def _lengths(kind: Kind) -> int:
    return len(kind) if isinstance(kind, tuple) else 0
