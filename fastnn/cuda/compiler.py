"""Compile Python functions to PTX, offline: no GPU and no driver are needed. The only module that uses numba-cuda.

Contraction is off: a product and a sum are fused only where the code says so. Otherwise NVVM or the assembler could
fuse them, and the GPU's bits would not be the CPU's. :func:`require_exact` refuses PTX that leaves the choice open.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from numba import cuda, types
from numba.cuda import compiler as numba_cuda
from numba.cuda import dispatcher
from numba.cuda.core.imputils import Registry as Implementations
from numba.cuda.descriptor import cuda_target
from numba.cuda.typing.templates import CallableTemplate, Signature
from numba.cuda.typing.templates import Registry as Templates

import fastnn.kernels.mathematics  # noqa: F401  (fills the collection)
from fastnn.cuda.dialect import CudaReal
from fastnn.cuda.kernel import Variant
from fastnn.kernels.mathematics.registering import register

INEXACT = re.compile(r"\b(?:add|sub|mul|mad)(?:\.ftz)?\.f(?:32|64)\b")
SCALARS = {"i8": types.int64, "i4": types.int32, "u8": types.uint64, "u4": types.uint32, "u1": types.uint8}
OLDEST = (7, 5)  # the oldest compute capability that CUDA 13 knows
REALS = {"float32": types.float32, "float64": types.float64}


def jit(function: Callable) -> Any:
    """Compile a function that kernels call. It is inlined into them."""
    return cuda.jit(device=True, forceinline=True)(function)  # inline="always" refuses f(*arguments)


def compile_ptx(variant: Variant, capability: tuple[int, int]) -> str:
    """Return the PTX of a kernel for a compute capability (major, minor)."""
    library = _library(variant)
    ptx = library.get_asm_str(cc=capability).replace(library._entry_name, variant.kernel.entry)
    require_exact(ptx)
    return ptx


def compile_ltoir(variant: Variant, capability: tuple[int, int]) -> bytes:
    """Return a kernel as nvJitLink optimizes it together with others. Its option -fma=0 turns off contraction."""
    return bytes(_library(variant).get_ltoir(cc=capability))


@functools.lru_cache(maxsize=1)
def _library(variant: Variant) -> Any:
    """Return a kernel in the language of NVVM, for all compute capabilities."""
    kernel, dtype = variant.kernel, variant.dtype
    function = variant.make(cuda, jit, REALS[dtype])
    signature = types.void(*(_numba_type(argument, dtype) for argument in kernel.arguments.values()))
    with _capability(OLDEST):
        library, _ = numba_cuda._compile_pyfunc_with_fixup(function, signature, device=False, abi="numba", cc=OLDEST)
    library._nvvm_options["fma"] = 0  # numba-cuda has no argument for it
    return library


def require_exact(ptx: str) -> None:
    """Raise RuntimeError if the assembler may fuse a product with a sum."""
    found = INEXACT.search(ptx)
    if found:
        raise RuntimeError(f"The PTX holds {found.group()} without .rn, which the assembler may fuse.")


def _numba_type(name: str, dtype: str) -> types.Type:
    scalar = {**SCALARS, "real": REALS[dtype]}[name.removesuffix("*")]
    return types.CPointer(scalar) if name.endswith("*") else scalar


@contextlib.contextmanager
def _capability(capability: tuple[int, int]) -> Iterator[None]:
    """Compile called functions for this compute capability too: numba-cuda would ask the current GPU for its own."""
    before = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    try:
        yield
    finally:
        dispatcher.get_current_device = before


def _install() -> None:
    """Register the collection of mathematical functions with the compiler for CUDA only."""
    templates, implementations = Templates(), Implementations()
    register(templates, implementations, CallableTemplate, lambda *both: Signature(*both, None), CudaReal)
    cuda_target.typing_context.refresh()
    cuda_target.target_context.refresh()
    cuda_target.typing_context.install_registry(templates)
    cuda_target.target_context.install_registry(implementations)


_install()
