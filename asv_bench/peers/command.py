"""Run whole processes, and measure their wall time and peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asv_bench.peers.worker import clean_environment


class CommandFailed(Exception):
    """A process failed. The message contains the end of its output."""


@dataclass(frozen=True)
class Ended:
    """seconds: wall time from start to exit. peak: maximum resident memory in bytes. text: stdout and stderr."""

    seconds: float
    peak: int
    text: str


def fastnn() -> list[str]:
    """Return the command ``fastnn`` of the environment of this process."""
    script = Path(sys.executable).with_name("fastnn")
    return [str(script)] if script.exists() else [sys.executable, "-m", "fastnn"]


def script(name: str) -> list[str]:
    """Return the command for a file in ``scripts/``, run by the same Python."""
    return [sys.executable, str(Path(__file__).with_name("scripts") / name)]


def run(command: Sequence[str], folder: str | Path, **environment: str) -> Ended:
    """Run a command in a folder and wait until it ends."""
    with tempfile.TemporaryDirectory() as kept:
        output = Path(kept, "output")
        launch = [sys.executable, "-S", str(Path(__file__).with_name("launch.py")), str(output), *command]
        done = subprocess.run(
            launch, cwd=folder, env=clean_environment(**environment), capture_output=True, text=True, check=True
        )
        text = output.read_text(encoding="utf-8", errors="replace")
    measured = json.loads(done.stdout)
    if measured["code"] != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {measured['code']}: {text.strip()[-500:]}")
    return Ended(measured["seconds"], measured["peak"], text)
