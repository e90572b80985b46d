"""Sums and differences of several words: the carry of one instruction goes into the next."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation
from fastnn.testing.ptx.types import SIZE

CARRY = "%CC.CF"


def add(t: Translation, i: Instruction) -> None:
    """add.cc and sub.cc."""
    a, b = (t.read(x, f"u{i.type[1:]}") for x in i.operands[1:3])
    _sum(t, i, "add_carry" if i.opcode == "add" else "sub_borrow", a, b)


@opcode("addc subc", 3, "cc")
def add_with_carry(t: Translation, i: Instruction) -> None:
    a, b = (t.read(x, f"u{i.type[1:]}") for x in i.operands[1:3])
    _sum(t, i, "add_carry" if i.opcode == "addc" else "sub_borrow", a, b)


@opcode("madc", 4, "lo hi cc")
def multiply_add(t: Translation, i: Instruction) -> None:
    """madc, and mad.cc."""
    a, b = (t.read(x, i.type) for x in i.operands[1:3])
    product = f"integers.unsigned(integers.mul_hi({a}, {b}))" if "hi" in i.modifiers else f"({a} * {b})"
    if "hi" not in i.modifiers:
        product = f"integers.unsigned{product}"
    _sum(t, i, "add_carry", product, t.read(i.operands[3], f"u{i.type[1:]}"))


def _sum(t: Translation, i: Instruction, function: str, a: str, b: str) -> None:
    if SIZE[i.type] < 4:
        raise i.error("only 32 and 64 bits have a carry")
    t.code.registers[CARRY] = "pred"
    carry_in = t.read(CARRY, "pred") if i.opcode.endswith("c") else "R.none"
    t.line(f"total, carry = integers.{function}({a}, {b}, {carry_in})")
    t.write(i.operands[0], "total", f"u{i.type[1:]}")
    if "cc" in i.modifiers:
        t.write(CARRY, "carry", "pred")
