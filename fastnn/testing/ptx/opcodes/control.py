"""Branches, the end of a thread, and barriers."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import GRID, Translation

ENDS_BLOCK = frozenset(("bra", "brx", "ret", "exit", "bar", "barrier", "gridbarrier"))


@opcode("bra", 1, "uni", is_branch=True)
def branch(t: Translation, i: Instruction) -> bool:
    return t.branch(i, t.blocks[i.operands[0]])


@opcode("brx", 2, "idx uni", is_branch=True)
def branch_by_table(t: Translation, i: Instruction) -> bool:
    if i.guard:
        raise i.error("a guard is not supported here")
    targets = [t.blocks[label] for label in t.code.targets[i.operands[1]]]
    t.line(f"return R.branch_by_table({t.read(i.operands[0], 'u32')}, {targets}, {t.mask}, {t.at})")
    return True


@opcode("ret exit", 0, "uni", is_branch=True)
def leave(t: Translation, i: Instruction) -> bool:
    return t.branch(i, t.end)


@opcode("trap brkpt", 0)
def trap(t: Translation, i: Instruction) -> None:
    t.line(f"R.trap({t.mask}, {t.at})")


@opcode("bar barrier", (1, 2), "sync aligned cta warp")
def barrier(t: Translation, i: Instruction) -> bool:
    if "warp" in i.modifiers:
        t.line(f"R.warp_barrier({t.read(i.operands[0], 'u32')}, {t.mask}, {t.at})")
        t.line(f"return {t.next}")
        return True
    if "sync" not in i.modifiers or i.guard or len(i.operands) > 1 or i.operands[0] != "0":
        raise i.error("only barrier 0 of all threads of a block, without a guard, is supported")
    t.line(f"return {-1 - t.next}")
    return True


@opcode("gridbarrier", 0)
def grid_barrier(t: Translation, i: Instruction) -> bool:
    """What a call of cudaCGSynchronize becomes."""
    if i.guard:
        raise i.error("a guard is not supported here")
    t.line(f"R.meets({t.at})")
    t.line(f"return {GRID - t.next}")
    return True
