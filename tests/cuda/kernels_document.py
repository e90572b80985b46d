"""Write docs/cuda-kernels.md: python tests/cuda/kernels_document.py docs/cuda-kernels.md (make cuda-kernels)."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from itertools import product, repeat
from multiprocessing import get_context
from pathlib import Path

from inspection import SPECS, Capability, Found, Inspected, inspected

from fastnn.cuda.code import COMPILERS
from fastnn.cuda.registry import KERNELS

ARCHITECTURES = {(7, 5): "Turing", (8, 0): "Ampere", (9, 0): "Hopper", (10, 0): "Blackwell"}
DTYPES = ("float32", "float64")
HEAD = """\
# The CUDA kernels

Written by `make cuda-kernels`, on a machine without a GPU: what NVIDIA's compiler makes of every kernel with every
registered part and all its choices. A row is the largest of each number over the forms of a kernel. Where there are two
numbers, the first is for PTX that nvJitLink assembles (this is what runs), the second for LTO-IR that it optimizes.

- registers: of a thread; the budget is the most that is allowed. In brackets: the form with the most of them.
- spilled, local: bytes of a thread. shared: bytes of a block, in the first number for sm_90 with 1024 that the system
  takes. instructions: with the padding at the end.
- .f64: uses of float64 in the PTX. free: products and sums in the PTX without `.rn`, which an assembler may fuse.
"""
COLUMNS = (
    "kernel, dtype", "forms", "registers", "budget", "spilled", "local", "shared", "instructions", ".f64", "free",
)  # fmt: skip


def section(capability: Capability, found: Sequence[Inspected]) -> str:
    """The heading and the table of an architecture."""
    lines = []
    for name, dtype in product(KERNELS, DTYPES):
        forms = [f for f in found if (f.name, f.dtype) == (name, dtype)]
        lines.append(row(forms))
    table = ["| " + " | ".join(line) + " |" for line in (COLUMNS, ["---"] * len(COLUMNS), *lines)]
    return f"## sm_{capability[0]}{capability[1]} ({ARCHITECTURES[capability]})\n\n" + "\n".join(table) + "\n"


def row(forms: Sequence[Inspected]) -> list[str]:
    """A row of the table: a kernel with a dtype."""
    ptx, lto = (functools.reduce(Found.largest, (getattr(form, way) for form in forms)) for way in ("ptx", "lto"))
    most = max(forms, key=lambda form: max(form.ptx.registers, form.lto.registers))  # the first of them
    return [
        f"{most.name}, {most.dtype}",
        str(len(forms)),
        f"{ptx.registers} / {lto.registers}" + (f" ({most.part})" if most.part else ""),
        str(most.budget),
        *(f"{getattr(ptx, n)} / {getattr(lto, n)}" for n in ("spilled", "local", "shared", "instructions", "doubles")),
        f"{ptx.inexact} / {lto.inexact}",
    ]


def made_with() -> str:
    """The versions that the numbers depend on."""
    return "Made with " + ", ".join(f"{name} {version(name)}" for name in COMPILERS if name != "numpy") + ".\n"


def everything(capabilities: Sequence[Capability]) -> dict[Capability, list[Inspected]]:
    """Inspect all kernels with all parts. Several processes compile."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        results = list(pool.map(inspected, *zip(*product(SPECS, DTYPES), strict=True), repeat(tuple(capabilities))))
    return {capability: [form for result in results for form in result[capability]] for capability in capabilities}


def document() -> str:
    """The whole document."""
    found = everything(tuple(ARCHITECTURES))
    return "\n".join((HEAD, made_with(), *(section(capability, found[capability]) for capability in ARCHITECTURES)))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
