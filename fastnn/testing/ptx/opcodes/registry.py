"""The table of opcodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Opcodes = dict[str, tuple[Callable[..., Any], frozenset[str], bool]]
OPCODES: Opcodes = {}


def opcode(names: str, modifiers: str = "", is_branch: bool = False):
    """Register the translation of opcodes, and the modifiers it understands; all others are refused.

    The function gets the `Translation` and the `Instruction`; it returns True if the basic block ends there. A guard
    masks the instruction, but for a branch, which handles its guard itself.
    """

    def register(function):
        for name in names.split():
            OPCODES[name] = (function, frozenset(modifiers.split()), is_branch)
        return function

    return register


def is_known(modifier: str, allowed: frozenset[str]) -> bool:
    """Hints to the cache are allowed wherever cached accesses are."""
    return modifier in allowed or ("ca" in allowed and modifier.startswith(("L1::", "L2::")))
