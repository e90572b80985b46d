"""The table of opcodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Known(NamedTuple):
    """How an opcode is translated, how many operands it may have, and which modifiers."""

    translate: Callable[..., Any]
    operands: tuple[int, ...]
    modifiers: frozenset[str]
    is_branch: bool


Opcodes = dict[str, Known]
OPCODES: Opcodes = {}


def opcode(names: str, operands: int | tuple[int, ...], modifiers: str = "", is_branch: bool = False):
    """Register the translation of opcodes, how many operands and which modifiers they may have; others are refused.

    The function gets the `Translation` and the `Instruction`; it returns True if the basic block ends there. A guard
    masks the instruction, but for a branch, which handles its guard itself.
    """

    def register(function):
        for name in names.split():
            allowed = (operands,) if isinstance(operands, int) else operands
            OPCODES[name] = Known(function, allowed, frozenset(modifiers.split()), is_branch)
        return function

    return register


def is_known(modifier: str, allowed: frozenset[str]) -> bool:
    """Hints to the cache are allowed wherever cached accesses are."""
    return modifier in allowed or ("ca" in allowed and modifier.startswith(("L1::", "L2::")))
