"""Properties of the target machine for explicit vector code: lanes per vector, and the tile shape of matrix products.

They depend on the target that Numba compiles for, not on the host: ``NUMBA_CPU_NAME`` and ``NUMBA_CPU_FEATURES`` are
respected. ``FASTNN_VECTOR`` (avx512, avx2 or generic) selects narrower vectors.
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

REQUIRED_FEATURES = {"avx512": ("+avx512f", "+avx512dq", "+avx512vl"), "avx2": ("+avx2",), "generic": ()}


@dataclass(frozen=True)
class Machine:
    """The properties of the target machine for one dtype."""

    name: str
    itemsize: int  # bytes per element
    lanes: int  # elements per vector
    heights: tuple[int, ...]  # possible numbers of rows of a tile, in descending order
    vectors: int  # maximum number of columns of a tile, in vectors
    has_fma: bool
    has_masks: bool  # masked loads and stores are as fast as unmasked ones


def vector_name(features: str | None = None) -> str:
    """Return the name of the vector instructions in use: avx512, avx2 or generic.

    features: LLVM's feature string of the target; Numba's target by default. Raises UsageError if FASTNN_VECTOR is
    unknown, DeviceError if the target does not support it.
    """
    if features is None:
        features = cpu_target.target_context.codegen().magic_tuple()[2]
    available = [name for name, required in REQUIRED_FEATURES.items() if set(required) <= set(features.split(","))]
    wanted = os.environ.get("FASTNN_VECTOR") or available[0]
    if wanted not in REQUIRED_FEATURES:
        raise UsageError(f"FASTNN_VECTOR={wanted}: " + unknown("vector instructions", wanted, REQUIRED_FEATURES))
    if wanted not in available:
        raise DeviceError(
            f"FASTNN_VECTOR={wanted} is not supported by this machine. Supported: {', '.join(available)}. "
            "Unset FASTNN_VECTOR to use the widest vectors."
        )
    return wanted


def require_compiler() -> None:
    """Raise DeviceError if the environment switches the compiler off."""
    if config.DISABLE_JIT:
        raise DeviceError(
            "NUMBA_DISABLE_JIT=1 switches off the compiler that fastnn computes with: unset it, or set it to 0."
        )


def machine(context: Any, element: ir.Type) -> Machine:
    """Return the properties of the target of ``context`` for elements of this LLVM type (float or double)."""
    triple, _, features = context.codegen().magic_tuple()
    name = vector_name(features)
    x86 = triple.startswith(("x86", "i386", "i686"))
    size = 4 if isinstance(element, ir.FloatType) else 8
    # the accumulators, a row of B and an element of A fill the registers: 32 with AVX-512 and on ARM, else 16
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
    """Return the body of an intrinsic: a constant that depends on the machine and on the dtype of a pointer."""

    def typed(typingctx, p):
        def generate(context, builder, signature, arguments):
            return ir.Constant(ir.IntType(64), number(machine(context, context.get_value_type(p.dtype))))

        return types.intp(p), generate

    return typed


itemsize = intrinsic(_constant(lambda m: m.itemsize))
lanes = intrinsic(_constant(lambda m: m.lanes))
tile_rows = intrinsic(_constant(lambda m: m.heights[0]))
tile_vectors = intrinsic(_constant(lambda m: m.vectors))
