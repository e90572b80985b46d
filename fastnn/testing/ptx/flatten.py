"""A kernel as one list of instructions: scopes are resolved and calls are expanded in place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from fastnn.testing.ptx.declarations import Function, Variable, registers, variable
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.instruction import Instruction, instruction, split
from fastnn.testing.ptx.scopes import Names, Scope
from fastnn.testing.ptx.statements import Statement

GRID_HANDLE, GRID_BARRIER, ASSERTION = "cudaCGGetIntrinsicHandle", "cudaCGSynchronize", "__assertfail"
_VARIABLE = re.compile(r"\.(shared|global|const|local|param)\b|\.(extern|visible|weak|common)\b")


@dataclass
class Code:
    """What the body of a kernel contains. ``frame`` is the memory of each thread: .local variables, .param of calls."""

    instructions: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)
    registers: dict[str, str] = field(default_factory=dict)
    frame: dict[str, Variable] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)


def flatten(kernel: Function, functions: dict[str, Function], variables: dict[str, Variable]) -> Code:
    expansion = _Expansion(functions, Code(variables=dict(variables)))
    expansion.expand(kernel, Scope(), None, ())
    return expansion.code


class _Expansion:
    def __init__(self, functions: dict[str, Function], code: Code):
        self.functions, self.code, self.names = functions, code, Names()

    def expand(self, function: Function, scope: Scope, end: str | None, callers: tuple[str, ...]) -> None:
        """Add a function's body. ``end`` is the label to which its ``ret`` goes; None in a kernel."""
        body, code = function.body, self.code
        callers = (*callers, function.name)
        self.names.add_labels(scope, body, 0)
        for i, (text, line) in enumerate(body):
            if text == "{":
                scope = Scope(scope)
                self.names.add_labels(scope, body, i + 1)
            elif text == "}":
                assert scope.outside is not None
                scope = scope.outside
            elif text.endswith(":"):
                code.labels[scope(text[:-1])] = len(code.instructions)
            elif text.startswith("."):
                self._directive(body[i], body[i - 1] if i else body[i], scope, function)
            else:
                found = instruction(text, line, scope)
                if found.opcode == "call":
                    self._call(found, callers)
                elif found.opcode == "ret" and end is not None:
                    code.instructions.append(replace(found, opcode="bra", modifiers=(), operands=(end,)))
                else:
                    code.instructions.append(found)

    def _directive(self, statement: Statement, before: Statement, scope: Scope, function: Function) -> None:
        if statement.text.startswith(".reg"):
            for name, type_ in registers(statement):
                self._register(scope, name, type_)
        elif statement.text.startswith(".branchtargets"):
            self.code.targets[scope(before.text[:-1])] = split(scope(statement.text.split(" ", 1)[1]))
        elif _VARIABLE.match(statement.text):
            declared = variable(statement)
            if declared is None:
                raise PTXError(f"line {statement.line}: {statement.text}: this declaration is not supported")
            if declared.space in ("local", "param"):
                self._in_frame(scope, declared)
            else:  # one for all calls of the function
                scope.names[declared.name] = f"{function.name}.{declared.name}".replace(".", "$")
                self.code.variables[scope.names[declared.name]] = declared
        elif not statement.text.startswith(".pragma"):
            raise PTXError(f"line {statement.line}: {statement.text}: this directive is not supported")

    def _register(self, scope: Scope, name: str, type_: str) -> str:
        unique = scope.names[name] = self.names.unique(name)
        self.code.registers[unique] = type_
        return unique

    def _in_frame(self, scope: Scope, declared: Variable) -> str:
        unique = scope.names[declared.name] = self.names.unique(declared.name)
        self.code.frame[unique] = declared
        return unique

    def _call(self, call: Instruction, callers: tuple[str, ...]) -> None:
        lists = [split(part[1:-1]) if part.startswith("(") else part for part in call.operands]
        returns = lists.pop(0) if lists and isinstance(lists[0], list) else []
        name, arguments = lists[0] if lists else "", lists[1] if len(lists) > 1 else []
        if name in (GRID_HANDLE, GRID_BARRIER, ASSERTION):
            self._builtin(call, str(name), returns)
            return
        callee = self.functions.get(str(name))
        if callee is None or not callee.defined:
            raise call.error(f"the function {name} is not defined here; give Module the PTX that defines it too")
        if callee.name in callers:
            raise call.error("recursion is not supported")
        if len(arguments) != len(callee.params) or len(returns) != len(callee.returns):
            raise call.error(f"{name} takes {len(callee.params)} arguments and returns {len(callee.returns)}")
        end = self.names.unique(f"$end_of_{name}")
        if call.guard:
            self.code.instructions.append(
                replace(call, opcode="bra", modifiers=(), operands=(end,), guard_is_negated=not call.guard_is_negated)
            )
        scope = Scope()
        for formal, argument in zip(callee.params, arguments, strict=True):
            self._bind(call, scope, formal, argument, is_result=False)
        results = [self._bind(call, scope, f, r, is_result=True) for f, r in zip(callee.returns, returns, strict=True)]
        self.expand(callee, scope, end, callers)
        self.code.labels[end] = len(self.code.instructions)
        guard = f"@{'!' if call.guard_is_negated else ''}{call.guard} " if call.guard else ""
        for text in filter(None, results):
            self._add(guard + text, call)

    def _bind(self, call: Instruction, scope: Scope, formal: Variable, actual: str, is_result: bool) -> str:
        """Give a formal parameter its place; return what copies a result to where the caller wants it."""
        if actual in self.code.frame and formal.space == "param":
            if self.code.frame[actual].size != formal.size:
                raise call.error(f"{formal.name} has {formal.size} bytes, {actual} has {self.code.frame[actual].size}")
            scope.names[formal.name] = actual
            return ""
        if actual in self.code.frame:
            raise call.error(f"{actual} is in .param memory, {formal.name} is a register: not supported")
        if formal.space == "param":
            place = self._in_frame(scope, formal)
            copy = (f"st.param.{formal.type} [{place}], {actual}", f"ld.param.{formal.type} {actual}, [{place}]")
        else:
            place = self._register(scope, formal.name, formal.type)
            copy = (f"mov.{formal.type} {place}, {actual}", f"mov.{formal.type} {actual}, {place}")
        if is_result:
            return copy[1]
        self._add(copy[0], call)
        return ""

    def _builtin(self, call: Instruction, name: str, returns: list[str] | str) -> None:
        if name == GRID_HANDLE:
            self._add(f"st.param.b64 [{returns[0]}], 1", call)
        else:
            self._add("gridbarrier" if name == GRID_BARRIER else "trap", call)

    def _add(self, text: str, call: Instruction) -> None:
        """Add an instruction that stands for a part of a call."""
        self.code.instructions.append(replace(instruction(text, call.line), text=call.text))
