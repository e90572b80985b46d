"""A kernel's basic blocks, translated at once and compiled when they are first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.testing.ptx import spaces
from fastnn.testing.ptx.declarations import Function
from fastnn.testing.ptx.flatten import Code
from fastnn.testing.ptx.numerics import bits, conversions, floats, fma, integers, tensor
from fastnn.testing.ptx.opcodes.control import ENDS_BLOCK
from fastnn.testing.ptx.opcodes.families import OPCODES
from fastnn.testing.ptx.translate import Translation

_NAMES = dict(
    np=np, bits=bits, conversions=conversions, floats=floats, fma=fma, integers=integers, spaces=spaces, tensor=tensor
)


class Blocks:
    """Blocks are numbered as they stand in the text; ``end``, the number behind the last one, means: has ended."""

    def __init__(self, function: Function, code: Code):
        self.code = code
        self._params = {variable.name: variable.size for variable in function.params}
        size = len(code.instructions)
        begins = {0} | set(code.labels.values())
        begins |= {i + 1 for i, one in enumerate(code.instructions) if one.opcode in ENDS_BLOCK}
        self.begins = sorted(begin for begin in begins if begin < size)
        self.ends = [*self.begins[1:], size]
        self.end = len(self.begins)
        number = {begin: n for n, begin in enumerate(self.begins)}
        self._labels = {label: number.get(at, self.end) for label, at in code.labels.items()}
        self.counts = [
            Counter(f"instr:{one.name}" for one in code.instructions[begin:end])
            for begin, end in zip(self.begins, self.ends, strict=True)
        ]
        self.symbols: set[str] = set()
        for n in range(self.end):
            self.source(n, masked=False)
        self._compiled: dict[tuple[int, bool], Callable] = {}

    def source(self, number: int, masked: bool) -> str:
        """The Python source of a block."""
        translation = Translation(OPCODES, self.code, self._params, self._labels, self.end, number, masked)
        source = translation.source(self.begins[number], self.ends[number])
        self.symbols |= translation.symbols
        return source

    def bind(self, number: int, masked: bool, run) -> Callable:
        """The block as a function of a mask, for the registers of a run."""
        key = number, masked
        if key not in self._compiled:
            names: dict[str, Any] = dict(_NAMES)
            exec(compile(self.source(number, masked), f"<basic block {number}>", "exec"), names)
            self._compiled[key] = names["bind"]
        return self._compiled[key](run)
