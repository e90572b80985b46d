"""What a kernel is: its arguments, its grid, its budget; and its variants, which differ by their formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Grid = tuple[int, int]


@dataclass(frozen=True)
class Kernel:
    """A kernel.

    arguments: names and types, in order. A type is "real" (the network's dtype), or "i8", "i4", "u8", "u4", "u1" for
    signed and unsigned integers of that many bytes; a star after it means a pointer to such numbers on the device.
    grid: the number of blocks on both axes, from the arguments by name. block: threads per block. registers: the
    most that a thread may use, so that a multiprocessor has room for enough blocks. most_shared: bytes of
    dynamic shared memory that a launch may ask for. cooperative: all blocks run at once, and meet at grid barriers.
    """

    name: str
    arguments: Mapping[str, str]
    grid: Callable[[Mapping[str, Any]], Grid]
    block: tuple[int, int]
    registers: int
    most_shared: int = 0
    cooperative: bool = False

    @property
    def entry(self) -> str:
        """Its name in compiled code."""
        return f"fastnn_{self.name}"


@dataclass(frozen=True, eq=False)
class Variant:
    """A kernel for a dtype, with its formulas.

    key: everything that the code depends on besides the source files of the engine. make(cuda, jit, real) returns the
    Python function to compile: ``cuda`` is numba-cuda's module, ``jit`` compiles a function that kernels call, and
    ``real`` is the compiler's type of the dtype.
    """

    kernel: Kernel
    dtype: str
    key: str
    make: Callable[[Any, Callable[[Callable], Any], Any], Callable]


def arguments(text: str) -> dict[str, str]:
    """Return the arguments from "type name, type name ..."."""
    pairs = (argument.split() for argument in text.split(","))
    return {name: kind for kind, name in pairs}


def blocks(n: int, size: int) -> int:
    """Return how many blocks of ``size`` cover ``n``; at least one, since a grid cannot be empty."""
    return max(1, -(-n // size))
