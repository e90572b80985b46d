"""Resolve the free names of a formula: numbers, functions and modules."""

from __future__ import annotations

import ast
import builtins
import math
import types
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from fastnn import mathematics
from fastnn.formula.equivalents import equivalent
from fastnn.formula.source import Source, plain

MATHEMATICS: dict[Any, str] = {getattr(mathematics, name): name for name in mathematics.__all__}
REAL = (float, np.float32, np.float64)
BUILTIN = (abs, max, min, len, range, int, bool, pow)
PURE = {*MATHEMATICS, *REAL, abs, max, min, len, int, bool, pow}


def look_up(source: Source, name: ast.Name) -> Any:
    """Return the object that a free name refers to: from the closure, the module, or the built-ins."""
    function = source.function
    if name.id in function.__code__.co_freevars:
        cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name.id)]
        try:
            return cell.cell_contents
        except ValueError:
            source.refuse(name, f"{name.id} is used before it has a value.")
    for scope in (function.__globals__, vars(builtins)):
        if name.id in scope:
            return scope[name.id]
    source.refuse(name, f"{name.id} is not defined.")


def constant(source: Source, node: ast.AST, name: str, value: Any) -> Any:
    """Return the value as a constant that a formula may contain: a number, text, tuple, function or module."""
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple):
        return tuple(constant(source, node, name, v) for v in value)
    if isinstance(value, (bool, int, float)):
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, types.ModuleType) or (callable(value) and isinstance(value, Hashable)):
        return value
    source.refuse(
        node,
        f"{name} has type {type(value).__name__}. A formula can use only numbers, strings, tuples of these, and "
        "functions from outside: make it a parameter or a number.",
    )


def callee(source: Source, node: ast.Call, value: Any) -> Any:
    """Return the function that is called: a built-in, a function of fastnn.mathematics, or a plain function."""
    if value in MATHEMATICS or value in REAL or value in BUILTIN:
        return value
    same = equivalent(value)
    if same is not None:
        return same
    if plain(value) is not None:
        return plain(value)
    source.refuse(
        node,
        f"{source.written(node.func)} cannot be compiled. Use arithmetic, abs, max, min, len, range, int, float, "
        f"plain functions, and these functions of fastnn.mathematics: {', '.join(mathematics.__all__)}.",
    )


def member(source: Source, node: ast.Attribute, owner: Any) -> Any:
    """Return the attribute of a module."""
    if not isinstance(owner, types.ModuleType):
        source.refuse(node, f".{node.attr}: only modules can have attributes in a formula.")
    if not hasattr(owner, node.attr):
        source.refuse(node, f"{owner.__name__} has no {node.attr}.")
    return constant(source, node, f"{owner.__name__}.{node.attr}", getattr(owner, node.attr))


def is_number(value: Any) -> bool:
    """Return whether the value is a bool, an int or a float."""
    return isinstance(value, (bool, int, float))


def folded(source: Source, node: ast.AST, function: Callable, values: list[Any]) -> Any:
    """Return function(*values), computed at compile time in float64."""
    try:
        result = function(*values)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        source.refuse(node, f"{type(error).__name__}: {error}.")
    if isinstance(result, complex):
        source.refuse(node, "the result is complex.")
    return result


def same_value(value: Any) -> Any:
    """Return a key that is equal only for identical constants: 1, True and 1.0 differ, and so do 0.0 and -0.0."""
    if isinstance(value, tuple):
        return tuple(same_value(v) for v in value)
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else value.hex()
    return (type(value).__name__, value)
