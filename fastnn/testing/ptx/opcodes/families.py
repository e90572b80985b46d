"""The filled table of opcodes: importing a family registers its opcodes."""

from __future__ import annotations

from fastnn.testing.ptx.opcodes import bits, carry, compare, control, floats, integers, memory, moves, warps
from fastnn.testing.ptx.opcodes.registry import OPCODES

FAMILIES = (bits, carry, compare, control, floats, integers, memory, moves, warps)
__all__ = ["FAMILIES", "OPCODES"]
