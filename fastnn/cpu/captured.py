"""Describe a function by its content: the same text for the same code, in every process."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy
from numba.core.types import Type as NumbaType

_PLAIN = (bool, int, float, complex, str, bytes, NumbaType, numpy.dtype)


def content(function: Callable, described: bool = True) -> str:
    """Return a text made of the function's name, byte code, defaults and the values in its closure.

    Globals are ignored: those of the engine change only when its files change. described: raise TypeError for a
    captured object that cannot be described. If it is false, only the type of such objects is used, and the caller
    must identify them in another way.
    """
    return _Description(described).of_function(getattr(function, "py_func", function))


def describe(value: Any) -> str:
    """Return the description of a value."""
    return _Description(described=True).of(value)


class _Description:
    def __init__(self, described: bool):
        self.described = described
        self.functions: list[types.FunctionType] = []  # already described; a function may capture itself

    def of_function(self, function: Any) -> str:
        if function in self.functions:
            return f"function {self.functions.index(function)}"
        self.functions.append(function)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        captured = [(name, self.of(cell.cell_contents)) for name, cell in cells]
        name = (function.__module__, function.__qualname__)
        return repr((name, self.of_code(function.__code__), self.of(function.__defaults__), captured))

    def of_code(self, code: types.CodeType) -> tuple:
        constants = tuple(self.of(c) for c in code.co_consts)
        return (code.co_code.hex(), constants, code.co_names, code.co_varnames, code.co_freevars)

    def of(self, value: Any) -> str:
        if value is None or value is ... or isinstance(value, _PLAIN):
            return repr(value)
        if isinstance(value, numpy.generic):
            return f"{value.dtype} {value!r}"
        if isinstance(value, (tuple, list)):
            return "(" + ", ".join(map(self.of, value)) + ")"
        if isinstance(value, (set, frozenset)):  # sorted, because the order of a set differs between processes
            return "{" + ", ".join(sorted(map(self.of, value))) + "}"
        if isinstance(value, dict):
            return "{" + ", ".join(sorted(f"{k!r}: {self.of(v)}" for k, v in value.items())) + "}"
        if isinstance(value, types.CodeType):
            return repr(self.of_code(value))
        if isinstance(value, (type, types.BuiltinFunctionType)):
            return f"{value.__module__}.{value.__qualname__}"
        inner = getattr(value, "py_func", None) or getattr(value, "_defn", value)  # _defn: of an intrinsic
        if isinstance(inner, types.FunctionType):
            return self.of_function(inner) + self.of(getattr(value, "targetoptions", {}))
        if self.described:
            raise TypeError(f"{value!r} is captured by a cached function and cannot be described: pass a key.")
        return f"<{type(value).__name__}>"
