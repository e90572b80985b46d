"""A module: the functions and variables of one or several linked PTX texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastnn.testing.ptx.declarations import Function, Variable, function, variable
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.flatten import flatten
from fastnn.testing.ptx.kernel import Kernel
from fastnn.testing.ptx.statements import Statement, statements

_IGNORED = (".pragma", ".alias")


class Module:
    """The kernels of PTX texts that are linked together.

    Every kernel is translated at once, so that an instruction which is not supported is an error here.
    """

    def __init__(self, *texts: str):
        self.version = (re.search(r"^\s*\.version\s+(\S+)", texts[0], re.M) or ["", "?"])[1]
        self.target = (re.search(r"^\s*\.target\s+([^\s,]+)", texts[0], re.M) or ["", "?"])[1]
        self.functions: dict[str, Function] = {}
        self.variables: dict[str, Variable] = {}
        for text in texts:
            self._read(iter(statements(text)))
        kernels = [f for f in self.functions.values() if f.is_kernel and f.defined]
        self.kernels = {f.name: Kernel(f, flatten(f, self.functions, self.variables)) for f in kernels}

    def __getitem__(self, name: str) -> Kernel:
        if name not in self.kernels:
            raise PTXError(f"there is no kernel {name!r}; this module has: {', '.join(self.kernels) or 'none'}")
        return self.kernels[name]

    @property
    def kernel(self) -> Kernel:
        """The only kernel of the module."""
        if len(self.kernels) != 1:
            raise PTXError(f"this module has {len(self.kernels)} kernels: {', '.join(self.kernels)}")
        return next(iter(self.kernels.values()))

    def _read(self, source: Iterator[Statement]) -> None:
        header: Statement | None = None
        for statement in source:
            if statement.text == "{":
                self._define(header, _body(source))
                header = None
            elif re.search(r"\.(entry|func|section)\b", statement.text):
                header = statement
                declared = function(statement, self)
                if declared:
                    self.functions.setdefault(declared.name, declared)
            elif declared_variable := variable(statement):
                known = self.variables.get(declared_variable.name)
                if known is None or known.unsized:
                    self.variables[declared_variable.name] = declared_variable
            elif not statement.text.startswith(_IGNORED):
                raise PTXError(f"line {statement.line}: {statement.text}: not supported outside of a function")

    def _define(self, header: Statement | None, body: list[Statement]) -> None:
        defined = function(header, self) if header else None
        if defined is None:
            return  # debug information
        if self.functions[defined.name].defined:
            raise PTXError(f"{defined.name} is defined twice")
        defined.body, defined.defined = body, True
        self.functions[defined.name] = defined


def _body(source: Iterator[Statement]) -> list[Statement]:
    """The statements up to the brace that ends the function."""
    found: list[Statement] = []
    depth = 1
    for statement in source:
        depth += {"{": 1, "}": -1}.get(statement.text, 0)
        if depth == 0:
            return found
        found.append(statement)
    raise PTXError("a function does not end: a closing brace is missing")
