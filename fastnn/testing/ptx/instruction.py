"""One instruction: its opcode, modifiers and operands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.types import SIZE

_FORM = re.compile(r"(?:@(!?)([%\w$]+)\s+)?([a-z][\w.:]*)\s*(.*)")


@dataclass(frozen=True)
class Instruction:
    """``@guard opcode.modifiers.type operands``. The line counts within the text of its module."""

    opcode: str
    modifiers: tuple[str, ...]
    types: tuple[str, ...]
    operands: tuple[str, ...]
    guard: str | None
    guard_is_negated: bool
    text: str
    line: int
    name: str  # as Stats counts it

    @property
    def type(self) -> str:
        """The last of the types: of the operands, or of the source."""
        if not self.types:
            raise self.error("a type is missing")
        return self.types[-1]

    @property
    def place(self) -> str:
        return f"line {self.line}: {self.text}"

    def error(self, message: str) -> PTXError:
        return PTXError(f"{self.place}: {message}")


def instruction(text: str, line: int, names=lambda text: text) -> Instruction:
    """Parse an instruction. ``names`` gives the operands and the guard their unique names."""
    match = _FORM.fullmatch(text)
    if not match:
        raise PTXError(f"line {line}: {text}: this is not an instruction")
    negated, guard, opcode, rest = match.groups()
    name, *dotted = opcode.replace("::cta", "").split(".")
    return Instruction(
        name,
        tuple(word for word in dotted if word not in SIZE),
        tuple(word for word in dotted if word in SIZE),
        tuple(split(names(rest))),
        names(guard) if guard else None,
        bool(negated),
        text,
        line,
        opcode,
    )


def split(text: str) -> list[str]:
    """Split operands at the commas outside of brackets."""
    found, depth, current = [], 0, ""
    for sign in text:
        depth += (sign in "{[(") - (sign in "}])")
        if sign == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += sign
    return [*found, current.strip()] if current.strip() else found
