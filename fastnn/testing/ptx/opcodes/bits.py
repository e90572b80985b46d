"""Logic, shifts and bit fields."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation


@opcode("and or xor", 3)
def logic(t: Translation, i: Instruction) -> None:
    names = {"and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}
    t.ufunc(names[i.opcode], i.operands[0], i.type, *(t.read(x, i.type) for x in i.operands[1:3]))


@opcode("not", 2)
def invert(t: Translation, i: Instruction) -> None:
    t.ufunc("invert", i.operands[0], i.type, t.read(i.operands[1], i.type))


@opcode("shl shr", 3)
def shift(t: Translation, i: Instruction) -> None:
    value, count = i.operands[1:3]
    if count.isdigit() and int(count) < int(i.type[1:]):
        name = {"shl": "left_shift", "shr": "right_shift"}[i.opcode]
        t.ufunc(name, i.operands[0], i.type, t.read(value, i.type), t.read(count, i.type))
    else:
        t.write(i.operands[0], f"bits.{i.opcode}({t.read(value, i.type)}, {t.read(count, 'u32')})", i.type)


@opcode("bfe", 4)
def extract(t: Translation, i: Instruction) -> None:
    x, position, length = (t.read(x, type_) for x, type_ in zip(i.operands[1:], (i.type, "u32", "u32"), strict=True))
    t.write(i.operands[0], f"bits.bfe({x}, {position}, {length})", i.type)


@opcode("bfi", 5)
def insert(t: Translation, i: Instruction) -> None:
    types = (i.type, i.type, "u32", "u32")
    operands = ", ".join(t.read(x, type_) for x, type_ in zip(i.operands[1:], types, strict=True))
    t.write(i.operands[0], f"bits.bfi({operands})", i.type)


@opcode("shf", 4, "l r wrap clamp")
def funnel(t: Translation, i: Instruction) -> None:
    operands = ", ".join(t.read(x, "u32") for x in i.operands[1:4])
    t.write(i.operands[0], f"bits.shf({'l' in i.modifiers}, {'wrap' in i.modifiers}, {operands})", "u32")


@opcode("prmt", 4)
def permute(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"bits.prmt({', '.join(t.read(x, 'u32') for x in i.operands[1:4])})", "u32")


@opcode("lop3", 5)
def any_logic(t: Translation, i: Instruction) -> None:
    operands = ", ".join(t.read(x, "u32") for x in i.operands[1:4])
    t.write(i.operands[0], f"bits.lop3({operands}, {int(i.operands[4], 0)})", "u32")


@opcode("popc clz", 2)
def count(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"bits.{i.opcode}({t.read(i.operands[1], i.type)})", "u32")


@opcode("bfind", 2, "shiftamt")
def find(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"bits.bfind({t.read(i.operands[1], i.type)}, {'shiftamt' in i.modifiers})", "u32")


@opcode("brev", 2)
def reverse(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"bits.brev({t.read(i.operands[1], i.type)})", i.type)
