"""The compiled code of a part: nothing in float64 where the data are float32, and loops on vectors."""

from __future__ import annotations

import re

from fastnn.cpu.machine_code import IS_X86, machine_code
from fastnn.parts.part import Bound
from fastnn.testing.devices import ptx_of
from fastnn.testing.finding import Failed, NotJudged
from fastnn.testing.kernels import kernels


def float32_on_the_cpu(bound: Bound) -> str:
    """No instruction calculates in float64 or converts to it."""
    codes = [machine_code(kernel) for kernel in kernels(bound, "float32")]
    found = [name for code in codes for name in code.float64]
    if found:
        raise Failed(f"float32 data are calculated with in float64: {', '.join(found)}")
    count = sum(len(code.instructions) for code in codes)
    return f"none of {count:,} instructions is in float64"


def float32_on_cuda(bound: Bound) -> str:
    """No instruction of the PTX is in float64."""
    lines = [line.strip() for line in ptx_of(bound).splitlines()]
    found = [line for line in lines if re.search(r"\.f64\b", line)]
    if found:
        raise Failed(f"float32 data are calculated with in float64: {found[0]}")
    return f"none of {sum(line.endswith(';') for line in lines):,} lines of PTX is in float64"


def vectorized(bound: Bound) -> str:
    """Whether the loop calculates several numbers at once. Not doing so is slow, not wrong."""
    [code] = [machine_code(kernel) for kernel in kernels(bound, "float32")]
    if code.single_steps:
        raise NotJudged(f"no: {code.single_steps}. Branches are no obstacle, but loops and calls are")
    read = "the instructions" if IS_X86 else "LLVM's code"
    return f"yes: {read} work on {code.widest} float32 at once"
