"""Describe the machine and the software of a run."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

PACKAGES = ("fastnn", "numpy", "numba", "llvmlite", "torch", "jax", "jaxlib", "optax", "scikit-learn")
SHOWN_PREFIXES = ("FASTNN_", "NUMBA_")  # of environment variables that affect fastnn


def describe() -> list[tuple[str, str]]:
    """Return (name, value) pairs that describe the machine, its load, the software and the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    settings = [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(SHOWN_PREFIXES)]
    return [
        ("date", datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("processor", _processor()),
        ("usable cores", str(cores)),
        ("vector instructions", _vectors()),
        ("caches", _caches()),
        ("memory", _memory()),
        ("load before the run (1, 5, 15 min)", load),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("packages", ", ".join(filter(None, map(_version, PACKAGES)))),
        ("NumPy's BLAS", _blas()),
        ("source", _commit()),
        ("environment", ", ".join(settings) or "no FASTNN_ or NUMBA_ variables"),
    ]


def _first(path: str, field: str) -> str:
    """Return the first value of a field in a file of /proc; empty if there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == field), "")


def _processor() -> str:
    name = _first("/proc/cpuinfo", "model name") or platform.processor() or "unknown"
    family, model = _first("/proc/cpuinfo", "cpu family"), _first("/proc/cpuinfo", "model")
    return f"{name} (family {family}, model {model})" if family else name


def _memory() -> str:
    kilobytes = _first("/proc/meminfo", "MemTotal").split()
    return f"{int(kilobytes[0]) / 2**20:.0f} GiB" if kilobytes else "unknown"


def _caches() -> str:
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        found.append(f"L{level} {kind.lower()} {size}")
    return ", ".join(found) or "unknown"


def _vectors() -> str:
    from fastnn.cpu.machine import vector_name

    return vector_name()


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def _blas() -> str:
    """Return the BLAS that workers use, read in a process with their environment."""
    from asv_bench.peers.worker import clean_environment

    show = "f\"{i['internal_api']} {i['version']} {i.get('architecture')}\""
    code = f"import numpy, threadpoolctl; print(*({show} for i in threadpoolctl.threadpool_info()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean_environment())
    return done.stdout.strip() or "unknown (threadpoolctl is not installed)"


def _commit() -> str:
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "fastnn"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no git checkout"
    return f"commit {head.stdout.strip()}{' with changes' if changed.stdout.strip() else ''}"
