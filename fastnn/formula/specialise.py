"""Specialise a function for known parameters: substitute constants, remove dead branches, resolve names."""

from __future__ import annotations

import ast
import copy
import operator
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastnn.formula.meaning import PURE, callee, constant, folded, is_number, look_up, member
from fastnn.formula.source import Source

OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: operator.not_, ast.Invert: operator.invert,
}  # fmt: skip
_SIMPLE = (ast.Constant, ast.Expr, ast.Return, ast.Break, ast.Continue, ast.expr_context)


@dataclass
class Special:
    """A specialised function. All names in its tree are local; functions that it calls are constants in the tree.

    derived: whether it also returns derivatives; it is not what an author wrote.
    """

    source: Source
    parameters: list[str]
    body: list[ast.stmt]
    derived: bool = False


def specialise(source: Source, values: Mapping[str, Any]) -> Special:
    """Return the function specialised for these parameter values. The other parameters remain parameters."""
    return _Specialiser(source, values).result()


def terminates(body: Iterable[ast.stmt]) -> bool:
    """Return whether statements after these can never be reached."""
    for statement in body:
        if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
            return True
        if isinstance(statement, ast.If) and terminates(statement.body) and terminates(statement.orelse):
            return True
    return False


class _Specialiser(ast.NodeTransformer):
    def __init__(self, source: Source, values: Mapping[str, Any]):
        self.source = source
        self.original = [copy.deepcopy(statement) for statement in source.body]
        self.known = dict(values)
        names = (n for s in self.original for n in ast.walk(s) if isinstance(n, ast.Name))
        self.stores = Counter(n.id for n in names if isinstance(n.ctx, ast.Store))
        self.locals = {*source.parameters, *self.stores}
        self.depth = 0

    def result(self) -> Special:
        parameters = [p for p in self.source.parameters if p not in self.known]
        initial: list[ast.stmt] = []
        for name in [n for n in self.known if self.stores[n]]:  # the function assigns to it: it becomes a variable
            initial.append(self._assignment(name, self.known.pop(name), self.source.node))
        return Special(self.source, parameters, initial + self.block(self.original))

    def _assignment(self, name: str, value: Any, where: ast.AST) -> ast.Assign:
        node = ast.Assign([ast.Name(name, ast.Store())], self._constant(value, where))
        return ast.fix_missing_locations(ast.copy_location(node, where))

    @staticmethod
    def _constant(value: Any, where: ast.AST) -> ast.Constant:
        return ast.copy_location(ast.Constant(value), where)

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Return the statements that can be reached."""
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            result += new if isinstance(new, list) else [] if new is None else [new]
            if terminates(result):
                break
        return result

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _SIMPLE):
            self.source.refuse(node, f"{_called(node)} cannot be compiled.")
        return super().generic_visit(node)

    # statements

    def visit_If(self, node: ast.If) -> Any:
        node.test = self.visit(node.test)
        if isinstance(node.test, ast.Constant):
            return self.block(node.body if node.test.value else node.orelse)
        self.depth += 1
        node.body, node.orelse = self.block(node.body) or [ast.Pass()], self.block(node.orelse)
        self.depth -= 1
        return node

    def visit_While(self, node: ast.While) -> Any:
        if node.orelse:
            self.source.refuse(node, "else after a loop cannot be compiled.")
        self.depth += 1
        node.test, node.body = self.visit(node.test), self.block(node.body) or [ast.Pass()]
        self.depth -= 1
        return node

    def visit_For(self, node: ast.For) -> Any:
        if node.orelse:
            self.source.refuse(node, "else after a loop cannot be compiled.")
        node.iter = self.visit(node.iter)
        if isinstance(node.iter, ast.Constant) and isinstance(node.iter.value, tuple):
            return self._unrolled(node, node.iter.value)
        self.depth += 1
        node.target, node.body = self.visit(node.target), self.block(node.body) or [ast.Pass()]
        self.depth -= 1
        return node

    def _unrolled(self, node: ast.For, values: tuple) -> list[ast.stmt]:
        if not isinstance(node.target, ast.Name):
            self.source.refuse(node, "a loop over constants must have a single name as its variable.")
        if any(isinstance(n, (ast.Break, ast.Continue)) for s in node.body for n in ast.walk(s)):
            self.source.refuse(node, "break and continue in a loop over constants cannot be compiled.")
        self.depth += 1
        result: list[ast.stmt] = []
        for value in values:
            result.append(self._assignment(node.target.id, value, node))
            result += self.block(copy.deepcopy(node.body))
        self.depth -= 1
        return result

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Constant):
            return None  # a docstring
        return self.generic_visit(node)

    def visit_Pass(self, node: ast.Pass) -> None:
        return None

    def visit_Assign(self, node: ast.Assign) -> Any:
        node.value = self.visit(node.value)
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Name) and isinstance(node.value, ast.Constant):
            once = self.stores[target.id] == 1 and target.id not in self.source.parameters
            if once and self.depth == 0:
                self.known[target.id] = node.value.value
                return None
        node.targets = [self.visit(t) for t in node.targets]
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        before = copy.deepcopy(node.target)
        before.ctx = ast.Load()
        value = ast.copy_location(ast.BinOp(before, node.op, node.value), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], value), node))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return None
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    # expressions

    def visit_Name(self, node: ast.Name) -> Any:
        if isinstance(node.ctx, ast.Store):
            return node
        if node.id in self.known:
            return self._constant(self.known[node.id], node)
        if node.id in self.locals:
            return node
        return self._constant(constant(self.source, node, node.id, look_up(self.source, node)), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        owner = self.visit(node.value)
        value = owner.value if isinstance(owner, ast.Constant) else None
        return self._constant(member(self.source, node, value), node)

    def visit_Tuple(self, node: ast.Tuple) -> Any:
        node.elts = [self.visit(e) for e in node.elts]
        if all(isinstance(e, ast.Constant) for e in node.elts):
            return self._constant(tuple(e.value for e in node.elts), node)  # type: ignore[attr-defined]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        node.test = self.visit(node.test)
        if isinstance(node.test, ast.Constant):
            return self.visit(node.body if node.test.value else node.orelse)
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        decides = isinstance(node.op, ast.Or)
        values: list[ast.expr] = []
        for i, value in enumerate(map(self.visit, node.values)):
            known = isinstance(value, ast.Constant)
            if known and (not values or (isinstance(value.value, bool) and all(map(_is_condition, values)))):
                only = not values and i + 1 == len(node.values)
                if only or bool(value.value) == decides:
                    return value
                continue
            values.append(value)
        node.values = values
        return values[0] if len(values) == 1 else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        node.operand = self.visit(node.operand)
        return self._fold(node, node.op, [node.operand])

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        return self._fold(node, node.op, [node.left, node.right])

    def visit_Compare(self, node: ast.Compare) -> Any:
        node.left, node.comparators = self.visit(node.left), [self.visit(c) for c in node.comparators]
        operands = [node.left, *node.comparators]
        if not all(isinstance(o, ast.Constant) for o in operands):
            return node
        pairs = zip(node.ops, operands, operands[1:], strict=False)
        holds = all(folded(self.source, node, OPERATORS[type(o)], [a.value, b.value]) for o, a, b in pairs)  # type: ignore[attr-defined]
        return self._constant(holds, node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node.value, node.slice = self.visit(node.value), self.visit(node.slice)
        if isinstance(node.value, ast.Constant) and isinstance(node.slice, ast.Constant):
            item = folded(self.source, node, operator.getitem, [node.value.value, node.slice.value])
            return self._constant(item, node)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        function = self.visit(node.func)
        if not isinstance(function, ast.Constant):
            self.source.refuse(
                node, f"{self.source.written(node.func)} is not a function that is known when compiling."
            )
        target = callee(self.source, node, function.value)
        node.func = self._constant(target, node.func)
        node.args = [self.visit(a) for a in node.args]
        for keyword in node.keywords:
            if keyword.arg is None:
                self.source.refuse(node, "**arguments cannot be compiled.")
            keyword.value = self.visit(keyword.value)
        if target in PURE and not node.keywords and all(isinstance(a, ast.Constant) for a in node.args):
            values = [a.value for a in node.args]  # type: ignore[attr-defined]
            return self._constant(folded(self.source, node, target, values), node)
        return node

    def _fold(self, node: ast.AST, op: ast.AST, operands: list[ast.expr]) -> ast.AST:
        values = [o.value for o in operands if isinstance(o, ast.Constant)]
        negation = isinstance(op, ast.Not) and len(values) == 1
        if negation or (len(values) == len(operands) and all(map(is_number, values))):
            return self._constant(folded(self.source, node, OPERATORS[type(op)], values), node)
        return node


def _is_condition(node: ast.expr) -> bool:
    """Return whether the value is always True or False, so that ``and`` and ``or`` cannot return a number."""
    if isinstance(node, ast.BoolOp):
        return all(map(_is_condition, node.values))
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _called(node: ast.AST) -> str:
    """Return the name of a construct for messages."""
    names = {"FunctionDef": "a function inside a function", "Lambda": "a lambda inside a function"}
    names |= {"JoinedStr": "formatted text", "NamedExpr": "an assignment inside an expression", "Try": "try"}
    kind = type(node).__name__
    return names.get(kind, f"{kind.lower()}")
