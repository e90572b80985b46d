"""Loads, stores and atomic operations. How they are ordered is not modelled: see the package's docstring."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation
from fastnn.testing.ptx.types import NUMPY, SPACES

_ORDER = "weak volatile relaxed acquire release acq_rel cta gpu sys"
_CACHE = "nc ca cg cs lu cv wb wt"
_ATOMIC = ("add", "min", "max", "exch", "cas", "and", "or", "xor", "inc", "dec")


def _space(i: Instruction) -> str:
    return next((word for word in i.modifiers if word in SPACES), "generic")


def _elements(t: Translation, i: Instruction, operand: str) -> list[str]:
    elements, expected = t.vector(operand), next((int(word[1:]) for word in i.modifiers if word in ("v2", "v4")), 1)
    if len(elements) != expected:
        raise i.error(f"{expected} operands are needed")
    return elements


@opcode("ld ldu", 2, f"global shared local param const v2 v4 {_ORDER} {_CACHE}")
def load(t: Translation, i: Instruction) -> None:
    space, elements = _space(i), _elements(t, i, i.operands[0])
    if space == "param":
        base, offset = t.base_and_offset(i.operands[1])
        if base in t.params:
            for j, element in enumerate(elements):
                t.write(element, t.bind(f"R.parameter('{base}', {offset}, {j}, '{NUMPY[i.type]}')"), i.type)
            return
        space = _frame(t, i, base)
    targets = ", ".join(str(t.target(element, i.type)) for element in elements)
    address = t.address(i.operands[1])
    t.line(f"R.load('{space}', {address}, ({targets},), '{NUMPY[i.type]}', {t.mask}, {t.at})")


@opcode("st", 2, f"global shared local param v2 v4 {_ORDER} {_CACHE}")
def store(t: Translation, i: Instruction) -> None:
    space, elements = _space(i), _elements(t, i, i.operands[1])
    if space == "param":
        space = _frame(t, i, t.base_and_offset(i.operands[0])[0])
    values = ", ".join(t.read(element, i.type) for element in elements)
    t.line(f"R.store('{space}', {t.address(i.operands[0])}, ({values},), '{NUMPY[i.type]}', {t.mask}, {t.at})")


def _frame(t: Translation, i: Instruction, base: str) -> str:
    if base not in t.code.frame:
        raise i.error(f"{base} is not a parameter here")
    return "local"


@opcode("atom red", (2, 3, 4), f"global shared {_ORDER} {' '.join(_ATOMIC)} noftz")
def atomic(t: Translation, i: Instruction) -> None:
    operation = next(word for word in i.modifiers if word in _ATOMIC)
    returns = i.opcode == "atom"
    address, *values = i.operands[returns:]
    if i.type[1:] not in ("32", "64"):
        raise i.error(f"{i.opcode} of .{i.type} is not supported")
    if len(values) != (2 if operation == "cas" else 1):
        raise i.error(f"{len(values)} values are not right for {operation}")
    operands = ", ".join(t.read(value, i.type) for value in values)
    where = f"'{_space(i)}', '{operation}', {t.address(address)}"
    call = f"R.atomic({where}, ({operands},), '{NUMPY[i.type]}', {t.mask}, {t.at})"
    if returns:
        t.write(i.operands[0], call, i.type)
    else:
        t.line(call)


@opcode("membar fence", 0, "cta gpu sys gl sc acq_rel acquire release")
@opcode("nanosleep prefetch prefetchu", 1, f"global local L1 L2 {_CACHE}")
def nothing(t: Translation, i: Instruction) -> None:
    """Every access is done at once for everybody, so that there is nothing to wait for."""
