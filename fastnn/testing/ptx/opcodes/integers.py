"""Arithmetic that integers and floats share by name, and that of integers alone."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes import carry, floats
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation
from fastnn.testing.ptx.types import FLOATS, wider

_UFUNC = dict(add="add", sub="subtract", min="minimum", max="maximum")


def _integer_only(i: Instruction, *allowed: str) -> None:
    wrong = [word for word in i.modifiers if word not in allowed]
    if wrong:
        raise i.error(f"{i.opcode}.{wrong[0]} of integers is not supported")


@opcode("add sub", 3, "rn rz rm rp ftz sat cc")
def add(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        floats.arithmetic(t, i)
    elif "cc" in i.modifiers:
        carry.add(t, i)
    else:
        _integer_only(i)
        t.ufunc(_UFUNC[i.opcode], i.operands[0], i.type, *(t.read(x, i.type) for x in i.operands[1:3]))


@opcode("min max", 3, "ftz NaN")
def extreme(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        floats.extreme(t, i)
    else:
        _integer_only(i)
        t.ufunc(_UFUNC[i.opcode], i.operands[0], i.type, *(t.read(x, i.type) for x in i.operands[1:3]))


@opcode("mul", 3, "rn rz rm rp ftz sat lo hi wide")
def multiply(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        floats.arithmetic(t, i)
        return
    _integer_only(i, "lo", "hi", "wide")
    if i.modifiers == ("lo",):
        t.ufunc("multiply", i.operands[0], i.type, *(t.read(x, i.type) for x in i.operands[1:3]))
    else:
        t.write(i.operands[0], _product(t, i), _result(i))


@opcode("mad", 4, "rn ftz sat lo hi wide cc")
def multiply_add(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        floats.fused(t, i)
    elif "cc" in i.modifiers:
        carry.multiply_add(t, i)
    else:
        _integer_only(i, "lo", "hi", "wide")
        t.ufunc("add", i.operands[0], _result(i), _product(t, i), t.read(i.operands[3], _result(i)))


def _result(i: Instruction) -> str:
    return wider(i.type) if "wide" in i.modifiers else i.type


def _product(t: Translation, i: Instruction) -> str:
    a, b = (t.read(x, i.type) for x in i.operands[1:3])
    half = next(word for word in i.modifiers if word in ("lo", "hi", "wide"))
    if half == "wide":
        wide = f"'{'i' if i.type[0] == 's' else 'u'}{int(i.type[1:]) // 4}'"
        return f"({a}.astype({wide}) * {b}.astype({wide}))"
    return f"integers.mul_hi({a}, {b})" if half == "hi" else f"({a} * {b})"


@opcode("div rem", 3, "rn rz rm rp full approx ftz")
def divide(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        if i.opcode == "rem":
            raise i.error("rem of floats does not exist")
        floats.divide(t, i)
    else:
        _integer_only(i)
        a, b = (t.read(x, i.type) for x in i.operands[1:3])
        t.write(i.operands[0], f"integers.{i.opcode}({a}, {b})", i.type)


@opcode("neg abs", 2, "ftz")
def sign(t: Translation, i: Instruction) -> None:
    if i.type in FLOATS:
        floats.sign(t, i)
    else:
        _integer_only(i)
        t.ufunc(dict(neg="negative", abs="abs")[i.opcode], i.operands[0], i.type, t.read(i.operands[1], i.type))
