"""The vector instructions of explicit vector code: lanes of a vector, and the shape of a product's tile.

They follow from the target that Numba compiles for, never from the host, so ``NUMBA_CPU_NAME`` and
``NUMBA_CPU_FEATURES`` are obeyed. ``FASTNN_VECTOR`` (avx512, avx2 or generic) asks for narrower vectors.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import config
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from fastnn.errors import DeviceError, UsageError, unknown

NEEDS = {"avx512": ("+avx512f", "+avx512dq", "+avx512vl"), "avx2": ("+avx2",), "generic": ()}


@dataclass(frozen=True)
class Machine:
    """What a product's code is shaped by."""

    name: str
    itemsize: int  # bytes of an element
    lanes: int  # elements of a vector
    heights: tuple[int, ...]  # rows of a tile, the most first
    vectors: int  # columns of a tile, in vectors
    has_fma: bool
    has_masks: bool  # masked loads and stores are instructions as fast as whole ones


def vector_name(features: str | None = None) -> str:
    """The name of the vector instructions in use: avx512, avx2 or generic.

    ``features``: LLVM's feature string of the target, by default of Numba's own. Raises UsageError for an
    unknown FASTNN_VECTOR, DeviceError for one that the target lacks.
    """
    if features is None:
        features = cpu_target.target_context.codegen().magic_tuple()[2]
    available = [name for name, needed in NEEDS.items() if set(needed) <= set(features.split(","))]
    wanted = os.environ.get("FASTNN_VECTOR") or available[0]
    if wanted not in NEEDS:
        raise UsageError(f"FASTNN_VECTOR={wanted}: " + unknown("vector instructions", wanted, NEEDS))
    if wanted not in available:
        raise DeviceError(
            f"FASTNN_VECTOR={wanted}: this machine cannot run it. It has: {', '.join(available)}. "
            "Unset FASTNN_VECTOR to take the widest."
        )
    return wanted


def require_compiler() -> None:
    """Raise DeviceError if the environment switches the compiler off."""
    if config.DISABLE_JIT:
        raise DeviceError(
            "NUMBA_DISABLE_JIT=1 switches off the compiler that fastnn computes with: unset it, or set it to 0."
        )


def machine(context: Any, element: ir.Type) -> Machine:
    """The shape of code for elements of this LLVM type (float or double) on the target of ``context``."""
    triple, _, features = context.codegen().magic_tuple()
    name = vector_name(features)
    x86 = triple.startswith(("x86", "i386", "i686"))
    size = 4 if isinstance(element, ir.FloatType) else 8
    # accumulators, one row of B and one element of A fill the registers: 32 with AVX-512 and on ARM, else 16
    heights: tuple[int, ...]
    if name == "avx512":
        width, heights, vectors = 64, (8, 4, 2, 1), 3
    elif name == "avx2":
        width, heights, vectors = 32, (4, 1), 3
    elif x86:
        width, heights, vectors = 16, (4, 1), 2
    else:
        width, heights, vectors = 16, (8, 1), 3
    fma = not x86 or "+fma" in features.split(",")
    return Machine(name, size, width // size, heights, vectors, fma, name == "avx512")


def _constant(number):
    """An intrinsic's code for a number that depends on the machine and on the dtype behind a pointer."""

    def typed(typingctx, p):
        def generate(context, builder, signature, arguments):
            return ir.Constant(ir.IntType(64), number(machine(context, context.get_value_type(p.dtype))))

        return types.intp(p), generate

    return typed


itemsize = intrinsic(_constant(lambda m: m.itemsize))
lanes = intrinsic(_constant(lambda m: m.lanes))
tile_rows = intrinsic(_constant(lambda m: m.heights[0]))
tile_vectors = intrinsic(_constant(lambda m: m.vectors))
