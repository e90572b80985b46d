"""Run a test file again in a separate process, with narrower vectors than this machine has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fastnn.cpu.machine import vector_name
from fastnn.errors import DeviceError

NARROWER = pytest.mark.parametrize("name", ["avx2", "generic"])
ONCE = pytest.mark.skipif("FASTNN_VECTOR" in os.environ, reason="this is one of the processes that it starts")


def run_again(file: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of a file with vectors of that name; skipped where the machine has none."""
    monkeypatch.setenv("FASTNN_VECTOR", name)
    try:
        vector_name()
    except DeviceError:
        pytest.skip(f"this machine has no {name}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:]
