"""Operations between the lanes of a warp."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation


@opcode("shfl", (4, 5), "sync up down bfly idx")
def shuffle(t: Translation, i: Instruction) -> None:
    mode = next(word for word in i.modifiers if word != "sync")
    value, lane, clamp, members = (t.read(x, "u32") for x in _with_members(i, 5)[1:])
    t.line(f"value, inside = R.shuffle('{mode}', {value}, {lane}, {clamp}, {members}, {t.mask}, {t.at})")
    target, *predicate = i.operands[0].split("|")
    t.write(target.strip(), "value", "u32")
    for name in predicate:
        t.write(name.strip(), "inside", "pred")


@opcode("vote", (2, 3), "sync all any uni ballot")
def vote(t: Translation, i: Instruction) -> None:
    mode = next(word for word in i.modifiers if word != "sync")
    target, predicate, members = _with_members(i, 3)
    arguments = f"'{mode}', {t.read(predicate, 'pred')}, {t.read(members, 'u32')}, {t.mask}, {t.at}"
    t.write(target, f"R.vote({arguments})", "u32" if mode == "ballot" else "pred")


@opcode("redux", 3, "sync add min max and or xor")
def reduce(t: Translation, i: Instruction) -> None:
    operation = next(word for word in i.modifiers if word != "sync")
    target, value, members = _with_members(i, 3)
    if i.type not in ("u32", "s32", "b32"):
        raise i.error(f"redux of .{i.type} is not supported")
    arguments = f"'{operation}', {t.read(value, i.type)}, {t.read(members, 'u32')}, {t.mask}, {t.at}"
    t.write(target, f"R.reduce({arguments})", i.type)


@opcode("activemask", 1)
def active(t: Translation, i: Instruction) -> None:
    t.write(i.operands[0], f"R.active_lanes({t.mask})", "u32")


@opcode("mma", 4, "sync aligned m16n8k8 row col tf32")
def matrix(t: Translation, i: Instruction) -> None:
    """Tensor cores, but only this one form: float32 sums of products of numbers rounded to tf32."""
    if i.modifiers != ("sync", "aligned", "m16n8k8", "row", "col", "tf32", "tf32") or i.types != ("f32", "f32"):
        raise i.error("only mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 is supported")
    fragments = ["[" + ", ".join(t.read(x, "f32") for x in t.vector(operand)) + "]" for operand in i.operands[1:4]]
    t.line(f"value = tensor.mma_tf32(R, {', '.join(fragments)}, {t.mask}, {t.at})")
    for j, name in enumerate(t.vector(i.operands[0])):
        t.write(name, f"value[{j}]", "f32")


def _with_members(i: Instruction, count: int) -> tuple[str, ...]:
    """The operands; the last one names the lanes that take part."""
    if "sync" not in i.modifiers or len(i.operands) != count:
        raise i.error(f"{i.opcode} without .sync, which old cards had, is not supported")
    return i.operands
