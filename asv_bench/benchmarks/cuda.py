"""The CUDA program. Times need an NVIDIA GPU; registers and instructions need only its compiler (the extra cuda)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import fastnn
from benchmarks import FOLDER, parts
from benchmarks.timed import Timed, skip
from benchmarks.training import NAMES, epoch

ARCHITECTURES = {"sm_80": (8, 0), "sm_90": (9, 0)}
PARTS = ["", *(name for kind in ("activation", "loss", "optimizer") for name in parts.names(kind))]


class Epoch(Timed):
    """An epoch on the GPU, with the transfer of the data, compared with NumPy before."""

    params = (list(NAMES),)
    param_names = ("network, batch",)

    @staticmethod
    def prepare(name: str) -> Callable:
        try:
            return epoch(NAMES[name], 1, device="cuda")
        except fastnn.DeviceError as error:
            raise skip(f"no GPU: {error}") from None

    def time_cuda_epoch(self, name: str) -> None:
        self.call()


@cache
def inspected(part: str, architecture: str) -> list[Any]:
    """Return what the linker says of the kernels around the formulas of a part; "": of those without formulas."""
    tests = str(FOLDER.parent / "tests")
    sys.path[:0] = [f"{tests}/cuda", tests]
    try:
        from inspection import SPECS
        from inspection import inspected as inspect
    except ImportError as error:
        raise skip(f"this commit has no CUDA kernels, or the extra cuda is not installed: {error}") from None
    finally:
        del sys.path[:2]
    if part not in SPECS:
        raise skip(f"this commit has no part {part}")
    capability = ARCHITECTURES[architecture]
    return inspect(part, "float32", (capability,))[capability]


class Kernels:
    """The most registers, and the instructions together, of the float32 kernels that contain a part."""

    version = "1"
    params = (PARTS, list(ARCHITECTURES))
    param_names = ("part", "architecture")
    timeout = 300

    def setup(self, part: str, architecture: str) -> None:
        self.found = inspected(part, architecture)

    def track_cuda_registers(self, part: str, architecture: str) -> int:
        return max(kernel.ptx.registers for kernel in self.found)

    def track_cuda_instructions(self, part: str, architecture: str) -> int:
        return sum(kernel.ptx.instructions for kernel in self.found)


Kernels.track_cuda_registers.unit = "registers"  # type: ignore[attr-defined]
Kernels.track_cuda_instructions.unit = "instructions"  # type: ignore[attr-defined]
