"""Derived code as an author would write it: without casts, with its small functions inserted."""

from __future__ import annotations

import ast
import copy

from fastnn import mathematics
from fastnn.formula.choosing import OPERATORS
from fastnn.formula.compose import Formula


def readable(formula: Formula) -> str:
    """Return the text of a formula for people. Its main function comes last, and its names need no import."""
    tree = ast.parse(formula.text)
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    unit = functions.pop("unit")
    short = {name: f for name, f in functions.items() if _is_short(f)}
    [main] = [n.func.id for n in ast.walk(unit) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)][:1]
    names = {name: _plain(name, functions) for name in functions} | {"unit": "unit"}
    names[main] = f"{names[main]}_and_derivative"
    kept = [_Plain(short, names).visit(f) for name, f in functions.items() if name not in short or name == main]
    return "\n\n".join(ast.unparse(ast.fix_missing_locations(f)) for f in kept)


def _is_short(function: ast.FunctionDef) -> bool:
    return len(function.body) == 1 and isinstance(function.body[0], ast.Return)


def _plain(name: str, functions: dict[str, ast.FunctionDef]) -> str:
    """Return the name that the author gave a function, with a number where several have it."""
    base = name.strip("_").rpartition("_")[0]
    alone = sum(other.strip("_").rpartition("_")[0] == base for other in functions) == 1
    return base if alone and base not in mathematics.__all__ else name.strip("_")


class _Plain(ast.NodeTransformer):
    def __init__(self, short: dict[str, ast.FunctionDef], names: dict[str, str]):
        self.short, self.names = short, names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names[node.name]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [self.visit(a) for a in node.args]
        if name == "_real":
            return arguments[0]
        if name in OPERATORS:
            x, y, a, b = arguments
            return ast.IfExp(ast.Compare(x, [OPERATORS[name]()], [y]), a, b)
        if name in self.short and all(isinstance(a, (ast.Name, ast.Constant)) for a in arguments):
            function = self.short[name]
            body = copy.deepcopy(function.body[0].value)  # type: ignore[attr-defined]
            given = dict(zip((a.arg for a in function.args.args), arguments, strict=True))
            return _Given(given).visit(self.visit(body))
        return ast.Call(ast.Name(self.names.get(name, name.removeprefix("_")), ast.Load()), arguments, [])

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(node.id.removeprefix("its_"), node.ctx)


class _Given(ast.NodeTransformer):
    def __init__(self, given: dict[str, ast.expr]):
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.given.get(node.id, node)
