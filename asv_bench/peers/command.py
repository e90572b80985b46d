"""Whole processes: wall time, peak memory and what they print."""

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
    """A process ended with an error; the message has the end of what it printed."""


@dataclass(frozen=True)
class Ended:
    """seconds: wall time from start to exit; peak: the largest resident memory in bytes; text: of both streams."""

    seconds: float
    peak: int
    text: str


def fastnn() -> list[str]:
    """The command ``fastnn`` of the environment that this process runs in."""
    script = Path(sys.executable).with_name("fastnn")
    return [str(script)] if script.exists() else [sys.executable, "-m", "fastnn"]


def script(name: str) -> list[str]:
    """A script beside this file, under the same Python."""
    return [sys.executable, str(Path(__file__).with_name("scripts") / name)]


def run(command: Sequence[str], folder: str | Path, **environment: str) -> Ended:
    """Run a command in a folder and wait for its end."""
    with tempfile.TemporaryDirectory() as kept:
        output = Path(kept, "output")
        launch = [sys.executable, "-S", str(Path(__file__).with_name("launch.py")), str(output), *command]
        done = subprocess.run(
            launch, cwd=folder, env=clean_environment(**environment), capture_output=True, text=True, check=True
        )
        text = output.read_text(encoding="utf-8", errors="replace")
    told = json.loads(done.stdout)
    if told["code"] != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {told['code']}: {text.strip()[-500:]}")
    return Ended(told["seconds"], told["peak"], text)
