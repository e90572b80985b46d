"""A description of a function by content: equal text for equal code, in every process."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy
from numba.core.types import Type as NumbaType

_PLAIN = (bool, int, float, complex, str, bytes, NumbaType, numpy.dtype)


def content(function: Callable, described: bool = True) -> str:
    """The function's name, byte code, defaults and the values in its closure.

    Globals are not looked at: those of the engine change with its files only. With ``described`` false,
    captured objects without a known description are left out (their maker names them by a key).
    Raises TypeError for such an object otherwise.
    """
    function = getattr(function, "py_func", function)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    captured = [(name, describe(cell.cell_contents, described)) for name, cell in cells]
    defaults = describe(function.__defaults__ or (), described)
    return repr((function.__module__, function.__qualname__, _code(function.__code__), defaults, captured))


def _code(code: types.CodeType) -> tuple:
    constants = tuple(_code(c) if isinstance(c, types.CodeType) else describe(c) for c in code.co_consts)
    return (code.co_code.hex(), constants, code.co_names, code.co_varnames, code.co_freevars)


def describe(value: Any, described: bool = True) -> str:
    """A value's description; see :func:`content`."""
    if value is None or value is ... or isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, numpy.generic):
        return f"{value.dtype} {value!r}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(describe(v, described) for v in value) + ")"
    if isinstance(value, (set, frozenset)):  # in sorted order: that of a set differs from process to process
        return "{" + ", ".join(sorted(describe(v, described) for v in value)) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{k!r}: {describe(v, described)}" for k, v in value.items())) + "}"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    inner = getattr(value, "py_func", None) or getattr(value, "_defn", None) or value  # _defn: an intrinsic's
    if isinstance(inner, types.FunctionType):
        return content(inner, described) + describe(getattr(value, "targetoptions", {}), described)
    if isinstance(value, types.BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    if described:
        raise TypeError(
            f"{value!r} is captured by a function to be cached and has no description: give a key."
        )
    return f"<{type(value).__name__}>"
