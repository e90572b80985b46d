"""Comparisons, and choosing between two values."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation
from fastnn.testing.ptx.types import FLOATS

_ORDERED = dict(
    eq="equal", ne="not_equal", lt="less", le="less_equal", gt="greater", ge="greater_equal",
    lo="less", ls="less_equal", hi="greater", hs="greater_equal",
)  # fmt: skip
_OPPOSITE = dict(neu="eq", ltu="ge", leu="gt", gtu="le", geu="lt")
_COMBINE = {"and": "&", "or": "|", "xor": "^"}


@opcode("setp", (3, 4), " ".join([*_ORDERED, *_OPPOSITE, *_COMBINE, "equ", "num", "nan", "ftz"]))
def compare(t: Translation, i: Instruction) -> None:
    a, b = (t.read(x, i.type) for x in i.operands[1:3])
    if "ftz" in i.modifiers:
        a, b = f"floats.ftz({a})", f"floats.ftz({b})"
    results = i.operands[0].split("|")
    comparison = i.modifiers[0]
    combine = next((word for word in i.modifiers[1:] if word in _COMBINE), None)
    is_plain = comparison in _ORDERED and not (comparison == "ne" and i.type in FLOATS)
    if is_plain and not combine and len(results) == 1:
        t.ufunc(_ORDERED[comparison], results[0], "pred", a, b)
        return
    t.line(f"result = {_expression(comparison, a, b, i.type)}")
    with_ = f" {_COMBINE[combine]} {t.read(i.operands[3], 'pred')}" if combine else ""
    t.line(f"both = (result{with_}, ~result{with_})")  # before a result overwrites the third operand
    for j, name in enumerate(results):
        t.write(name.strip(), f"both[{j}]", "pred")


def _expression(comparison: str, a: str, b: str, type_: str) -> str:
    if comparison in ("num", "nan"):
        nan = f"(np.isnan({a}) | np.isnan({b}))"
        return nan if comparison == "nan" else f"~{nan}"
    if comparison == "equ":
        return f"~floats.unequal({a}, {b})"
    if comparison == "ne" and type_ in FLOATS:
        return f"floats.unequal({a}, {b})"
    if comparison in _OPPOSITE:
        return f"~np.{_ORDERED[_OPPOSITE[comparison]]}({a}, {b})"
    return f"np.{_ORDERED[comparison]}({a}, {b})"


@opcode("selp", 4)
def select(t: Translation, i: Instruction) -> None:
    a, b = (t.read(x, i.type) for x in i.operands[1:3])
    t.write(i.operands[0], f"np.where({t.read(i.operands[3], 'pred')}, {a}, {b})", i.type)
