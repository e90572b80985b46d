"""Moves between registers, conversions, and addresses of variables."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.numerics.conversions import supported
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.spaces import WINDOWS
from fastnn.testing.ptx.translate import Translation
from fastnn.testing.ptx.types import SIZE

_ROUNDINGS = ("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "rna")


@opcode("mov", 2)
def move(t: Translation, i: Instruction) -> None:
    target, source = i.operands
    whole = 8 * SIZE[i.type]
    if source.startswith("{"):
        parts = t.vector(source)
        part = whole // len(parts)
        bits = [f"{t.read(x, f'b{part}')}.astype('u{whole // 8}')" for x in parts]
        shifted = [f"({x} << np.uint{whole}({part * j}))" for j, x in enumerate(bits)]
        t.write(target, " | ".join(shifted), f"b{whole}")
    elif target.startswith("{"):
        parts = t.vector(target)
        part = whole // len(parts)
        t.line(f"whole = {t.read(source, f'b{whole}')}.copy()")
        for j, x in enumerate(parts):
            t.write(x, f"(whole >> np.uint{whole}({part * j})).astype('u{part // 8}')", f"b{part}")
    else:
        t.write(target, t.read(source, i.type), i.type)


@opcode("cvt", 2, " ".join([*_ROUNDINGS, "sat", "ftz", "tf32"]))
def convert(t: Translation, i: Instruction) -> None:
    rounding = next((word for word in i.modifiers if word in _ROUNDINGS), None)
    if "tf32" in i.modifiers:
        if i.types != ("f32",) or rounding != "rna":
            raise i.error("only cvt.rna.tf32.f32 is supported")
        t.write(i.operands[0], f"floats.tf32({t.read(i.operands[1], 'f32')}).view('u4')", "b32")
        return
    target, source = i.types
    if not supported(target, source, rounding):
        raise i.error("this rounding is not supported")
    x = t.read(i.operands[1], source)
    if "ftz" in i.modifiers and source == "f32":
        x = f"floats.ftz({x})"
    expression = f"conversions.convert({x}, '{target}', '{source}', {rounding!r}, {'sat' in i.modifiers})"
    if "ftz" in i.modifiers and target == "f32":
        expression = f"floats.ftz({expression})"
    t.write(i.operands[0], expression, target)


@opcode("cvta", 2, "to global shared local const param")
def convert_address(t: Translation, i: Instruction) -> None:
    """From an address within a space to a generic one, or back."""
    space = next(word for word in i.modifiers if word != "to")
    if space == "param":
        raise i.error("addresses of parameters are not supported")
    address = t.read(i.operands[1], i.type)
    if window := WINDOWS.get(space):
        sign = "-" if "to" in i.modifiers else "+"
        t.write(i.operands[0], f"({address} {sign} {t.read(str(window), i.type)})", i.type)
    else:
        t.write(i.operands[0], address, i.type)


@opcode("isspacep", 2, "global shared local const")
def is_in_space(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"spaces.is_in({t.read(i.operands[1], 'u64')}, '{i.modifiers[0]}')", "pred")
