"""A basic block as the source of a Python function: one or a few calls of NumPy for each instruction.

Every register is an array with one element for each lane. The function gets a mask of the lanes that take part, or
None if all do; there is one version for each case. It returns the number of the next block, or None after a branch
that lanes leave in different directions.
"""

from __future__ import annotations

import re

from fastnn.testing.ptx.flatten import Code
from fastnn.testing.ptx.instruction import Instruction, split
from fastnn.testing.ptx.opcodes.registry import Opcodes, is_known
from fastnn.testing.ptx.threads import SPECIAL
from fastnn.testing.ptx.types import NUMPY, SIZE

GRID = -(1 << 24)  # what a block returns that ends at a grid barrier: GRID - next. At a block's barrier: -1 - next
_NUMBER = re.compile(r"-?(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)U?")
_ADDRESS = re.compile(r"\[\s*([%\w$.]+|-?\d+)\s*(?:\+\s*(-?\w+))?\s*\]")


class Translation:
    """Collects the lines of one block. The opcodes' functions use it to read operands and to write results."""

    def __init__(
        self,
        opcodes: Opcodes,
        code: Code,
        params: dict[str, int],
        blocks: dict[str, int],
        end: int,
        number: int,
        masked: bool,
    ):
        self.opcodes, self.code, self.params, self.blocks, self.end = opcodes, code, params, blocks, end
        self.next, self.masked, self.mask, self.at = number + 1, masked, "None", 0
        self.symbols: set[str] = set()
        self.lines: list[str] = []
        self._bound: dict[str, str] = {}

    def source(self, begin: int, end: int) -> str:
        """Translate the instructions from ``begin`` to ``end``."""
        finished = False
        for at in range(begin, end):
            finished = self._instruction(self.code.instructions[at], at)
        if not finished:
            self.line(f"return {self.next}")
        bound = [f"    {name} = {expression}" for expression, name in self._bound.items()]
        return "\n".join(
            ["def bind(R):", *bound, "    def run(m):", *(f"        {line}" for line in self.lines), "    return run"]
        )

    def _instruction(self, instruction: Instruction, at: int) -> bool:
        known = self.opcodes.get(instruction.opcode)
        if known is None:
            raise instruction.error(f"the opcode {instruction.opcode} is not supported")
        for word in instruction.modifiers:
            if not is_known(word, known.modifiers):
                raise instruction.error(f"{instruction.opcode} with .{word} is not supported")
        if len(instruction.operands) not in known.operands:
            raise instruction.error(f"{instruction.opcode} with {len(instruction.operands)} operands is not supported")
        self.at, self.mask = at, "m" if self.masked else "None"
        if instruction.guard and not known.is_branch:
            self.line(f"guard = {self.guard(instruction)}" + (" & m" if self.masked else ""))
            self.mask = "guard"
        try:
            return bool(known.translate(self, instruction))
        except (KeyError, IndexError, StopIteration) as error:
            raise instruction.error(f"an operand or a modifier is missing or unknown ({error})") from error

    def line(self, text: str) -> None:
        self.lines.append(text)

    def bind(self, expression: str) -> str:
        """A name for what is the same in every execution, such as a register's array."""
        return self._bound.setdefault(expression, f"v{len(self._bound)}")

    def guard(self, instruction: Instruction) -> str:
        assert instruction.guard is not None
        return ("~" if instruction.guard_is_negated else "") + self.read(instruction.guard, "pred")

    def read(self, operand: str, type_: str) -> str:
        """The expression for an operand that is read as a type."""
        dtype = NUMPY[type_]
        if operand.startswith("!"):
            return f"(~{self.read(operand[1:], type_)})"
        if operand in self.code.registers:
            own = self.code.registers[operand]
            if "pred" in (own, type_) and own != type_:
                raise KeyError(f"{operand} is a .{own} register")
            if SIZE[own] == SIZE[type_]:
                return self.bind(f"R.register('{operand}', '{dtype}')")
            bits = self.bind(f"R.register('{operand}', 'u{SIZE[own]}')")
            return f"{bits}.astype('u{SIZE[type_]}')" + (f".view('{dtype}')" if dtype[0] != "u" else "")
        if match := re.fullmatch(r"0[fF]([0-9a-fA-F]{8})|0[dD]([0-9a-fA-F]{16})", operand):
            return self.bind(f"R.float_constant(0x{match[1] or match[2]}, {4 if match[1] else 8}, '{dtype}')")
        if _NUMBER.fullmatch(operand):
            return self.bind(f"R.constant({_integer(operand)}, '{dtype}')")
        if operand in SPECIAL:
            return self.bind(f"R.special('{operand}', '{dtype}')")
        if operand in self.code.frame or operand in self.code.variables:
            self.symbols.add(operand)
            return self.bind(f"R.symbol('{operand}', '{dtype}')")
        raise KeyError(operand)

    def target(self, operand: str, type_: str) -> str | None:
        """The array that a result of a type is written to; None for the operand ``_``."""
        if operand == "_":
            return None
        own = self.code.registers[operand]
        if ("pred" in (own, type_) and own != type_) or SIZE[own] < SIZE[type_]:
            raise KeyError(f"{operand} is a .{own} register")
        dtype = NUMPY[type_] if SIZE[own] == SIZE[type_] else f"{'i' if type_[0] == 's' else 'u'}{SIZE[own]}"
        return self.bind(f"R.register('{operand}', '{dtype}')")

    def write(self, operand: str, expression: str, type_: str) -> None:
        """Write an array; signed integers are extended to wider registers by their sign."""
        target = self.target(operand, type_)
        if target and self.mask == "None":
            self.line(f"{target}[...] = {expression}")
        elif target:
            self.line(f"np.copyto({target}, {expression}, 'unsafe', {self.mask})")

    def ufunc(self, name: str, operand: str, type_: str, *arguments: str) -> None:
        """Write the result of one of NumPy's functions, without a temporary array."""
        if operand == "_" or SIZE[self.code.registers[operand]] != SIZE[type_]:
            self.write(operand, f"np.{name}({', '.join(arguments)})", type_)
            return
        where = "" if self.mask == "None" else f", where={self.mask}"
        self.line(f"np.{name}({', '.join(arguments)}, out={self.target(operand, type_)}{where})")

    def address(self, operand: str) -> str:
        """The expression for the address in brackets."""
        base, offset = self.base_and_offset(operand)
        expression = self.read(base, "u64")
        return f"({expression} + {self.read(str(offset), 'u64')})" if offset else expression

    def base_and_offset(self, operand: str) -> tuple[str, int]:
        match = _ADDRESS.fullmatch(operand)
        if not match:
            raise KeyError(f"address {operand}")
        return match[1], _integer(match[2] or "0")

    def vector(self, operand: str) -> list[str]:
        """The elements of a vector operand, or the operand alone."""
        return split(operand[1:-1]) if operand.startswith("{") else [operand]

    def branch(self, instruction: Instruction, target: int) -> bool:
        """End the block: go to another one, all lanes or those with a true guard."""
        if instruction.guard:
            mask = "m" if self.masked else "None"
            self.line(f"return R.branch({self.guard(instruction)}, {target}, {self.next}, {mask})")
        else:
            self.line(f"return {target}")
        return True


def _integer(text: str) -> int:
    return int(text.rstrip("U"), 8 if re.fullmatch(r"-?0[0-7]+U?", text) else 0)
