"""Whole processes: wall time, peak memory and what they print."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
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
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=clean_environment(**environment),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}: {text.strip()[-500:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(seconds, usage.ru_maxrss * unit, text)
