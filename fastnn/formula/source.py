"""Find the syntax tree that a function was compiled from."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import os
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from fastnn.errors import PluginError


@dataclass(frozen=True)
class Source:
    """A plain function with its syntax tree and the text of its file. Trees are shared: never modify one in place."""

    function: types.FunctionType
    node: ast.FunctionDef | ast.Lambda
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the function; "formula" for a lambda."""
        return self.node.name if isinstance(self.node, ast.FunctionDef) else "formula"

    @property
    def parameters(self) -> list[str]:
        arguments = self.node.args
        return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the function; for a lambda, one return statement."""
        if isinstance(self.node, ast.FunctionDef):
            return self.node.body
        return [ast.copy_location(ast.Return(self.node.body), self.node.body)]

    def written(self, node: ast.expr) -> str:
        """Return the source text of an expression."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def refuse(self, node: ast.AST | None, message: str) -> NoReturn:
        """Raise PluginError with the file and the line of the node."""
        line = getattr(node, "lineno", self.function.__code__.co_firstlineno)
        raise PluginError(f"{self.function.__code__.co_filename}:{line}: in {self.name}: {message}")


def plain(function: object) -> types.FunctionType | None:
    """Return the plain Python function behind ``function``, which may be jitted; None if there is none."""
    function = getattr(function, "py_func", function)
    return function if isinstance(function, types.FunctionType) else None


def find(function: object) -> Source:
    """Return the source of a plain function.

    Raises PluginError if there is none, or if it does not match the function.
    """
    found = plain(function)
    if found is None:
        raise PluginError(f"{function!r} cannot be compiled: a formula must be a plain Python function.")
    code = found.__code__
    where = f"{code.co_filename}:{code.co_firstlineno}: {found.__qualname__}"
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise PluginError(f"{where} cannot be compiled: it is a generator or a coroutine.")
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        raise PluginError(f"{where} cannot be compiled: *args and **kwargs are not allowed in a formula.")
    text = _text(found)
    if not text:
        raise PluginError(f"{where} cannot be compiled: its source is not available. Define it in a file.")
    if code not in _compiled(text, code.co_filename):
        raise PluginError(f"{where} cannot be compiled: its source file has changed since it was imported.")
    nodes = [n for n in _functions(text, code.co_filename) if _matches(n, code)]
    if not nodes:
        raise PluginError(f"{where} cannot be compiled: its definition was not found in its source file.")
    node = min(nodes, key=_extent)
    if isinstance(node, ast.Lambda) and len(nodes) > 1 and not _has_columns(code):
        raise PluginError(f"{where} cannot be told apart from other lambdas on this line. Define it with def.")
    return Source(found, node, text)


def _text(function: types.FunctionType) -> str:
    filename = function.__code__.co_filename
    text = "".join(linecache.getlines(filename, function.__globals__))
    if function.__code__ not in _compiled(text, filename) and os.path.exists(filename):
        linecache.checkcache(filename)  # the text in linecache may be older than the import
        text = "".join(linecache.getlines(filename, function.__globals__))
    return text


@functools.lru_cache(maxsize=256)
def _compiled(text: str, filename: str) -> frozenset[types.CodeType]:
    """Return all code objects of a file. They include the function's code if its source has not changed."""

    def walk(code: types.CodeType) -> Iterator[types.CodeType]:
        yield code
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                yield from walk(constant)

    try:
        return frozenset(walk(compile(text, filename, "exec", dont_inherit=True)))
    except (SyntaxError, ValueError):
        return frozenset()


@functools.lru_cache(maxsize=256)
def _functions(text: str, filename: str) -> tuple[ast.FunctionDef | ast.Lambda, ...]:
    tree = ast.parse(text, filename)
    return tuple(n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.Lambda)))


def _matches(node: ast.FunctionDef | ast.Lambda, code: types.CodeType) -> bool:
    """Return whether the code was compiled from this node: compare names, lines and, for a lambda, columns."""
    arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if arguments != list(code.co_varnames[: len(arguments)]) or len(arguments) != (
        code.co_argcount + code.co_kwonlyargcount
    ):
        return False
    if isinstance(node, ast.FunctionDef):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return (node.name, first) == (code.co_name, code.co_firstlineno)
    if (code.co_name, code.co_firstlineno) != ("<lambda>", node.lineno):
        return False
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(begin <= (p[0], p[2]) and (p[1], p[3]) <= end for p in _positions(code))


def _positions(code: types.CodeType) -> list[tuple]:
    """Return (line, end line, column, end column) of the instructions that have columns."""
    return [p for p in code.co_positions() if None not in p and p[2:] != (0, 0)]


def _has_columns(code: types.CodeType) -> bool:
    return bool(_positions(code))


def _extent(node: ast.FunctionDef | ast.Lambda) -> tuple[int, int]:
    """Return the size of a node in (lines, columns). Of nested lambdas, the innermost is the smallest."""
    return (node.end_lineno or 0) - node.lineno, (node.end_col_offset or 0) - node.col_offset
