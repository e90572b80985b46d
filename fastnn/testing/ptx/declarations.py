"""Declarations: variables, registers and parameters, and the header of a function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.statements import Statement
from fastnn.testing.ptx.types import SIZE

_VARIABLE = re.compile(
    r"(?:\.(?:extern|visible|weak|common)\s+)*\.(shared|global|const|local|param)\s+(?:\.attribute\([^)]*\)\s*)?"
    r"(?:\.align\s+(\d+)\s+)?\.(\w+)\s+(?:\.ptr\S*(?:\s+\.(?:global|shared|const|local))?(?:\s+\.align\s+\d+)?\s+)?"
    r"([\w$]+)\s*((?:\[\d*\])*)(?:\s*=\s*(.*))?"
)
_REGISTERS = re.compile(r"\.reg\s+\.(\w+)\s+(.*)")
_FUNCTION = re.compile(
    r"(?P<linking>(?:\.\w+\s+)*)\.(?P<kind>entry|func)\s*(?:\((?P<returns>[^)]*)\)\s*)?(?P<name>[\w$]+)\s*"
    r"(?:\((?P<params>[^)]*)\))?(?P<rest>.*)"
)


@dataclass(frozen=True)
class Variable:
    """A named piece of memory. ``unsized`` is dynamic shared memory."""

    name: str
    space: str
    type: str
    align: int
    size: int
    unsized: bool = False
    initial: str = ""


@dataclass
class Function:
    """A kernel or a function: its parameters, and the statements between its braces."""

    name: str
    is_kernel: bool
    params: list[Variable]
    returns: list[Variable]
    module: object
    body: list[Statement] = field(default_factory=list)
    defined: bool = False
    max_threads: int = 1024


def variable(statement: Statement) -> Variable | None:
    """Parse the declaration of a variable; None where it is not one."""
    match = _VARIABLE.fullmatch(statement.text)
    if not match:
        return None
    space, align, type_, name, sizes, initial = match.groups()
    if type_ not in SIZE:
        raise PTXError(f"line {statement.line}: {statement.text}: variables of type .{type_} are not supported")
    count = 1
    for size in re.findall(r"\[(\d*)\]", sizes):
        count *= int(size or 0)
    return Variable(name, space, type_, int(align or SIZE[type_]), count * SIZE[type_], "[]" in sizes, initial or "")


def registers(statement: Statement) -> list[tuple[str, str]]:
    """Parse ``.reg``: (name, type) of every register; ``%r<3>`` declares %r0, %r1 and %r2."""
    match = _REGISTERS.fullmatch(statement.text)
    if not match or match[1] not in SIZE:
        raise PTXError(f"line {statement.line}: {statement.text}: registers of this type are not supported")
    found: list[tuple[str, str]] = []
    for name in match[2].replace(" ", "").split(","):
        many = re.fullmatch(r"([\w$%]+)<(\d+)>", name)
        names = [f"{many[1]}{i}" for i in range(int(many[2]))] if many else [name]
        found += [(one, match[1]) for one in names]
    return found


def function(statement: Statement, module: object) -> Function | None:
    """Parse a function's header; None where it is not one."""
    match = _FUNCTION.fullmatch(statement.text)
    if not match:
        return None
    params, returns = (_parameters(match[part] or "", statement) for part in ("params", "returns"))
    found = Function(match["name"], match["kind"] == "entry", params, returns, module)
    threads = re.search(r"\.(?:maxntid|reqntid)\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", match["rest"])
    if threads:
        found.max_threads = 1
        for number in threads.groups():
            found.max_threads *= int(number or 1)
    return found


def _parameters(text: str, statement: Statement) -> list[Variable]:
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        register = re.fullmatch(r"\.reg\s+\.(\w+)\s+([\w$%]+)", one)
        if register:
            found.append(Variable(register[2], "reg", register[1], SIZE[register[1]], SIZE[register[1]]))
            continue
        parameter = variable(Statement(one, statement.line))
        if parameter is None:
            raise PTXError(f"line {statement.line}: parameter {one!r} is not supported")
        found.append(parameter)
    return found
