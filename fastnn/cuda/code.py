"""The code of kernels, compiled once and kept on disk by content, so that a later process compiles nothing.

Loading needs no compiler: the name of an entry is a hash of the formulas, the source files and the versions.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import threading
from importlib.metadata import PackageNotFoundError, version

from fastnn.cuda.kernel import Variant
from fastnn.errors import DeviceError
from fastnn.kernels.announcing import announce
from fastnn.kernels.stamp import digest_of, source_files
from fastnn.kernels.store import load, save

Capability = tuple[int, int]
COMPILERS = ("numba", "llvmlite", "numba-cuda", "nvidia-nvvm", "nvidia-nvjitlink", "numpy")

# The compute capabilities that the compiler of CUDA 13.0 knows.
KNOWN = ((7, 5), (8, 0), (8, 6), (8, 7), (8, 8), (8, 9), (9, 0), (10, 0), (10, 3), (11, 0), (12, 0), (12, 1))

_compilations = 0
_one_at_a_time = threading.Lock()  # to compile: numba-cuda keeps what it compiles for in the process


def compilations() -> int:
    """Return how many kernels this process has compiled. Kernels loaded from disk do not count."""
    return _compilations


def target(capability: Capability) -> tuple[Capability, bool]:
    """Return what to compile for on a card, and whether that is the card's own compute capability.

    For a card that is newer than the compiler it is the newest one that is known and not newer than the card. The
    driver can finish its PTX. Raises DeviceError if the card is too old.
    """
    older = [known for known in KNOWN if known <= capability]
    if not older:
        have, need = (".".join(map(str, c)) for c in (capability, KNOWN[0]))
        raise DeviceError(f"It is too old: its compute capability is {have}, and the compiler needs {need}.")
    return older[-1], older[-1] == capability


def ptx(variant: Variant, capability: Capability) -> str:
    """Return the kernel as text for the assembler, or for the emulator."""
    global _compilations
    name = _entry("ptx", variant, capability)
    with _one_at_a_time:
        data = load(name)
        if data is None:
            announce(f"cuda {variant.kernel.name}")
            from fastnn.cuda.compiler import compile_ptx

            _compilations += 1
            data = compile_ptx(variant, capability).encode()
            save(name, data)
    return data.decode()


def cubin(variant: Variant, capability: Capability) -> bytes:
    """Return the kernel as machine code for GPUs of this compute capability."""
    name = _entry("cubin", variant, capability)
    data = load(name)
    if data is None:
        data = assemble(ptx(variant, capability), capability, variant.kernel.cooperative)
        save(name, data)
    return data


def assemble(text: str, capability: Capability, meets: bool = False) -> bytes:
    """Return the machine code of PTX. Products and sums that are not fused in the text stay so.

    meets: there are barriers of the grid. They come from a library of the toolkit.
    """
    from cuda.core import Linker, LinkerOptions, ObjectCode

    parts = [ObjectCode.from_ptx(text.encode())]
    if meets:
        from cuda.pathfinder import find_static_lib

        parts.append(ObjectCode.from_library(find_static_lib("cudadevrt")))
    # Not fma=False: nvJitLink ignores that option when it gets PTX, and the assembler fuses.
    options = LinkerOptions(arch=f"sm_{capability[0]}{capability[1]}", ptxas_options=["-fmad=false"])
    return bytes(Linker(*parts, options=options).link("cubin").code)


def _entry(form: str, variant: Variant, capability: Capability) -> str:
    kernel = variant.kernel
    made_of = (form, kernel.name, dict(kernel.arguments), variant.dtype, variant.key, capability, _stamp(), _versions())
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


@functools.cache
def _stamp() -> str:
    return digest_of(source_files("cuda", "formula", "kernels"))


@functools.cache
def _versions() -> tuple[str, ...]:
    return (platform.python_version(), *map(_version, COMPILERS))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
