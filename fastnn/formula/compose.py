"""Assemble the complete source of a formula, with its helpers first and its main function ``unit`` last."""

from __future__ import annotations

import ast
import hashlib
import linecache
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fastnn.formula.choosing import CHOICES
from fastnn.formula.differentiate import differentiate
from fastnn.formula.kinds import Kind
from fastnn.formula.meaning import MATHEMATICS, same_value
from fastnn.formula.source import Source
from fastnn.formula.specialise import Special, specialise
from fastnn.formula.statements import Statements

_REAL = {"float32": np.float32, "float64": np.float64}


@dataclass(frozen=True)
class Formula:
    """The specialised source of a part for one dtype.

    key: a hash of the source with all its constants; the same in every process.
    state: the states of an optimizer that the formula uses.
    """

    key: str
    state: tuple[str, ...] = ()
    title: str = field(default="", compare=False)
    text: str = field(default="", compare=False, repr=False)
    names: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def build(self, jit: Callable[[Callable], Any]) -> Any:
        """Return jit(unit). It is defined in a new namespace, in which every helper is already jit(helper)."""
        filename = f"<fastnn formula {self.title} {self.key[:8]}>"
        linecache.cache[filename] = (len(self.text), None, self.text.splitlines(keepends=True), filename)
        namespace = {"__name__": __package__, **self.names}
        exec(compile(self.text, filename, "exec", dont_inherit=True), namespace)
        for name in [n for n in namespace if n not in ("__name__", "__builtins__") and n not in self.names]:
            function = namespace[name]
            # Compiled symbols contain this name, and equal symbols must mean equal code.
            function.__qualname__ = f"{name}_{self.key[:16]}"
            namespace[name] = jit(function)
        return namespace["unit"]


class Composition:
    """Collects the functions of one formula. ``option``: the argument of the part that takes its derivative."""

    def __init__(self, dtype: str, option: str = "derivative"):
        self.dtype = dtype
        self.option = option
        self.functions: dict[str, ast.FunctionDef] = {}
        self._made: dict[Any, tuple[str, Kind]] = {}
        self._named: Counter[str] = Counter()
        self._active: list[Any] = []

    def helper(
        self,
        source: Source,
        constants: Mapping[str, Any],
        kinds: list[Kind],
        wanted: Kind = None,
        active: tuple[str, ...] = (),
    ) -> tuple[str, Kind]:
        """Return the name and the kind of the result of a function for these constants and kinds of arguments.

        With arguments ``active``, it also returns the derivatives for them.
        """
        known = tuple((n, same_value(v)) for n, v in constants.items())
        key = (source.function, known, tuple(kinds), wanted, active)
        if key not in self._made:
            if key in self._active or len(self._active) > 50:
                source.refuse(None, "recursive functions cannot be compiled.")
            self._active.append(key)
            special = specialise(source, constants)
            if active:
                special = differentiate(special, active, self.option, inner=wanted is None)
            name = self._name(source.name)
            self._made[key] = name, self.define(name, special, kinds, wanted)
            self._active.pop()
        return self._made[key]

    def define(self, name: str, special: Special, kinds: list[Kind], wanted: Kind = None) -> Kind:
        """Add a function and return the kind of its result. wanted: the kind that it has to return, if given."""
        statements = Statements(special, self.helper, kinds, wanted)
        self.add(statements.define(name))
        return statements.result

    def add(self, definition: ast.FunctionDef) -> None:
        """Add a function that needs no rewriting."""
        self.functions[definition.name] = definition

    def formula(self, kind: str, title: str, state: tuple[str, ...] = ()) -> Formula:
        """Return the formula. Its function ``unit`` must have been defined."""
        order: list[str] = []
        self._visit("unit", order)
        text = "\n\n".join(ast.unparse(ast.fix_missing_locations(self.functions[n])) for n in order) + "\n"
        names: dict[str, Any] = {"_real": _REAL[self.dtype], "_nan": math.nan}
        names |= {"_" + name: function for function, name in MATHEMATICS.items()}
        names |= CHOICES
        used = {name for n in order for name in _reached(self.functions[n])}
        made_of = repr((kind, self.dtype, state, text))
        return Formula(
            hashlib.sha256(made_of.encode()).hexdigest(),
            state,
            f"{title} {self.dtype}",
            text,
            {n: v for n, v in names.items() if n in used},
        )

    def _visit(self, name: str, order: list[str]) -> None:
        for used in _reached(self.functions[name]):
            if used in self.functions and used not in (*order, "unit"):  # a variable may have the name "unit"
                self._visit(used, order)
        order.append(name)

    def _name(self, base: str) -> str:
        """Return a new name. It starts with an underscore, so that it differs from all variables."""
        self._named[base] += 1
        return f"_{base}_{self._named[base]}"


def _reached(definition: ast.FunctionDef) -> list[str]:
    """Return the names that occur in a function, breadth first."""
    return [n.id for n in ast.walk(definition) if isinstance(n, ast.Name)]
