"""What a whole Python process costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import FOLDER

LAUNCH = FOLDER / "peers" / "launch.py"


@dataclass(frozen=True)
class Cost:
    """cpu: seconds of all its threads. peak: bytes of memory, at most. text: what it printed."""

    cpu: float
    peak: int
    text: str


def run(arguments: Sequence[str], **environment: str) -> Cost:
    """Run Python with these arguments in an empty folder.

    It may keep bytecode. Otherwise it would compile all sources again, and more sources would look like slower ones.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        line = [sys.executable, str(LAUNCH), str(output), sys.executable, *arguments]
        done = subprocess.run(line, cwd=folder, env=variables | environment, capture_output=True, check=True)
        text = output.read_text(encoding="utf-8", errors="replace")
    found = json.loads(done.stdout)
    if found["code"]:
        raise RuntimeError(f"{arguments} ended with exit code {found['code']}:\n{text[-2000:]}")
    return Cost(found["cpu"], found["peak"], text)


def least_cpu(arguments: Sequence[str], repetitions: int = 5) -> float:
    """Return the least CPU time of some runs, since other processes only add to it; of one in make bench-check."""
    if "FASTNN_BENCH_ONCE" in os.environ:
        repetitions = 1
    return min(run(arguments).cpu for _ in range(repetitions))
