"""The first training of all compiles in two processes: a second one compiles the matrix product.

Numba compiles one function at a time, whatever the number of threads. So while this process compiles the parts of the
training and the engine, another one compiles the product, which depends on neither. It comes from the cache then,
where it lies under a name made of its content: if the other process has anything different, or fails, its work is not
found, and this process compiles the product itself.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

PATIENCE = 120.0  # seconds that the other process may take; more than it needs on a slow and busy machine
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from fastnn.cpu.products import product_kernel; product_kernel(sys.argv[1])"
)

_lock = threading.Lock()
_working: dict[str, subprocess.Popen] = {}  # dtype -> the process that compiles for it
_begun: dict[str, int] = {}  # dtype -> the process that has asked for it; a forked one has no child here


def begin(dtype: str, is_needed: Callable[[], bool]) -> None:
    """Let another process compile for this dtype, if that is possible and needed, and if it is the first time."""
    with _lock:
        if _begun.get(dtype) == os.getpid():
            return
        _begun[dtype] = os.getpid()
        command = _command(dtype)
        if command and is_needed():
            try:
                _working[dtype] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            except (OSError, ValueError):  # no more processes are allowed; a path with a null character
                return


def finish(dtype: str) -> None:
    """Wait until the other process has compiled, if there is one."""
    with _lock:
        process = _working.pop(dtype, None)
        if process is not None and _begun[dtype] == os.getpid():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _end(process)


def _command(dtype: str) -> list[str]:
    """Return the command, or an empty list where a second process does not help or Python cannot be started."""
    python = sys.executable or ""
    if (os.cpu_count() or 1) < 2 or getattr(sys, "frozen", False) or not Path(python).name.startswith("python"):
        return []
    return [python, "-c", PROGRAM, dtype, *sys.path]


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


@atexit.register
def _end_all() -> None:
    """Leave no process behind, if this one ends before it needs what the other compiles."""
    for dtype, process in _working.items():
        if _begun[dtype] == os.getpid():
            _end(process)
