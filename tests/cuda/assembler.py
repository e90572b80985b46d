"""What NVIDIA's assembler says of a kernel: registers, spills, local memory."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Assembled:
    registers: int
    local: int  # bytes of local memory, spills among them


def ptxas() -> Path:
    """The assembler of the package nvidia-cuda-nvcc."""
    found = importlib.util.find_spec("nvidia")
    assert found is not None and found.submodule_search_locations
    [path] = [p for folder in found.submodule_search_locations for p in Path(folder).glob("*/bin/ptxas")]
    return path


def assembled(text: str, architecture: str, folder: Path, *options: str) -> Assembled:
    """Assemble PTX, and return what the assembler says."""
    source = folder / "kernel.ptx"
    source.write_text(text)
    said = subprocess.run(
        [ptxas(), "-v", *options, f"-arch={architecture}", source, "-o", folder / "kernel.cubin"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    local = [int(n) for n in re.findall(r"(\d+) bytes (?:stack frame|spill stores|spill loads)", said)]
    assert len(local) == 3, said
    return Assembled(int(re.findall(r"Used (\d+) registers", said)[0]), sum(local))
