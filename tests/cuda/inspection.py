"""What NVIDIA's linker makes of a kernel, from PTX and from LTO-IR: registers, spills, memory, instructions."""

from __future__ import annotations

import re
import struct
from dataclasses import astuple, dataclass
from pathlib import Path

from cuda.bindings import nvjitlink
from cuda.pathfinder import find_static_lib
from every_part import bounds, choices

from fastnn.cuda import code
from fastnn.cuda.compiler import INEXACT, compile_ltoir
from fastnn.cuda.kernel import Variant
from fastnn.cuda.registry import variants

Capability = tuple[int, int]
PARTS = [choice for kind in ("activation", "loss", "optimizer") for bound in bounds(kind) for choice in choices(bound)]
SPECS = ("", *(part.spec for part in PARTS))  # "": the kernels without formulas
CODE = re.compile(r"\.text\.(?!cudaCG|.*cuda_device_runtime)")  # sections of machine code, without the library's
INSTRUCTION = 16  # bytes, on all architectures since sm_70


@dataclass(frozen=True)
class Found:
    """What is known of machine code. local, spilled, shared: bytes; shared memory that a launch asks for is not in it.

    instructions: with the padding at the end. doubles: uses of float64 in the PTX. inexact: products and sums in the
    PTX that the assembler may fuse.
    """

    registers: int
    spilled: int
    local: int
    shared: int
    instructions: int
    doubles: int
    inexact: int

    def largest(self, other: Found) -> Found:
        """The larger of each number."""
        return Found(*map(max, astuple(self), astuple(other)))


@dataclass(frozen=True)
class Inspected:
    """A kernel with its formulas, for one architecture, through both ways."""

    name: str
    budget: int  # of registers
    dtype: str
    part: str
    ptx: Found
    lto: Found


def inspected(spec: str, dtype: str, capabilities: tuple[Capability, ...]) -> dict[Capability, list[Inspected]]:
    """Inspect the kernels around the formulas of the part that is written so; those without formulas if it is ""."""
    part = next((part for part in PARTS if part.spec == spec), None)
    result: dict[Capability, list[Inspected]] = {capability: [] for capability in capabilities}
    for variant in variants(part, dtype):
        kernel = variant.kernel
        for capability in capabilities:
            ptx, lto = look_at(variant, capability)
            result[capability].append(Inspected(kernel.name, kernel.registers, dtype, spec, ptx, lto))
    return result


def look_at(variant: Variant, capability: Capability) -> tuple[Found, Found]:
    """Return what is known of a kernel from PTX, and from LTO-IR."""
    meets, verbose = variant.kernel.cooperative, ("-verbose", "-Xptxas=-v")
    text, ir = code.ptx(variant, capability), compile_ltoir(variant, capability)
    linked = link(ir, capability, False, "-lto", "-ptx")[0].rstrip(b"\0").decode()
    return (
        look(text, *link(text.encode(), capability, meets, *verbose)),
        look(linked, *link(ir, capability, meets, "-lto", *verbose)),
    )


def link(data: bytes, capability: Capability, meets: bool, *options: str) -> tuple[bytes, str]:
    """Link PTX, or LTO-IR with the option -lto, without contraction. Return the result and what the linker says.

    meets: with the library that has the barriers of the grid.
    """
    given = [f"-arch=sm_{capability[0]}{capability[1]}", "-fma=0", "-Xptxas=-fmad=false", *options]
    handle = nvjitlink.create(len(given), given)
    kind = nvjitlink.InputType.LTOIR if "-lto" in options else nvjitlink.InputType.PTX
    nvjitlink.add_data(handle, kind, data, len(data), "kernel")
    if meets:
        library = Path(find_static_lib("cudadevrt")).read_bytes()
        nvjitlink.add_data(handle, nvjitlink.InputType.LIBRARY, library, len(library), "cudadevrt")
    nvjitlink.complete(handle)
    form = "ptx" if "-ptx" in options else "cubin"
    result = bytearray(getattr(nvjitlink, f"get_linked_{form}_size")(handle))
    getattr(nvjitlink, f"get_linked_{form}")(handle, result)
    said = bytearray(nvjitlink.get_info_log_size(handle))
    nvjitlink.get_info_log(handle, said)
    nvjitlink.destroy(handle)
    return bytes(result), said.decode()


def look(ptx: str, cubin: bytes, said: str) -> Found:
    """Return what the linker says of a kernel, and what its text shows. The functions of a library do not count."""
    own = "".join(part for part in said.split("Function properties for ")[1:] if "fastnn" in part.split("\n")[0])
    assert "bytes stack frame" in own, said

    def largest(pattern: str) -> int:
        return max(map(int, re.findall(pattern, own)), default=0)

    return Found(
        registers=largest(r"[Uu]sed (\d+) registers"),
        spilled=largest(r"(\d+) bytes spill (?:stores|loads)"),
        local=max(map(largest, (r"(\d+) bytes stack frame", r"(\d+) stack,", r"(\d+) bytes lmem"))),
        shared=largest(r"(\d+) bytes smem"),
        instructions=sum(size for name, size in sections(cubin) if CODE.match(name)) // INSTRUCTION,
        doubles=len(re.findall(r"\.f64\b", ptx)),
        inexact=len(INEXACT.findall(ptx)),
    )


def sections(elf: bytes) -> list[tuple[str, int]]:
    """Return the names and sizes of the sections of an ELF file."""
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count, names = struct.unpack_from("<HHH", elf, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + size * k) for k in range(count)]
    text = headers[names][4]
    return [(elf[text + h[0] : elf.index(b"\0", text + h[0])].decode(), h[5]) for h in headers]
