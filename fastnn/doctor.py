"""The report of ``fastnn doctor``: versions, processor, threads, CUDA, kernel cache, plugins, environment."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fastnn
from fastnn.errors import FastnnError

PACKAGES = ("numba", "llvmlite", "numpy", "polars", "safetensors", "click", "pluggy", "rich", "matplotlib")
FEATURES = ("sse2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl", "neon", "asimd", "sve")
VARIABLES = (
    "FASTNN_VECTOR", "FASTNN_CUDA", "FASTNN_CACHE_DIR", "FASTNN_PLUGINS", "NUMBA_NUM_THREADS", "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES", "NUMBA_DISABLE_JIT", "CUDA_HOME", "CUDA_VISIBLE_DEVICES",
)  # fmt: skip

Rows = Iterator[tuple[str, str]]


def report() -> dict[str, list[tuple[str, str]]]:
    """Return the sections of the report, each a list of (name, finding). A problem is a finding, not an error."""
    sections = {
        "versions": _versions, "processor": _processor, "threads": _threads, "CUDA": _cuda,
        "compiled kernels": _cache, "plugins": _plugins, "environment": _environment,
    }  # fmt: skip
    return {title: list(_findings(section)) for title, section in sections.items()}


def _findings(section: Callable[[], Rows]) -> Rows:
    try:
        yield from section()
    except FastnnError as error:
        yield "problem", str(error)


def _versions() -> Rows:
    yield "fastnn", f"{fastnn.__version__} in {Path(fastnn.__file__).parent}"
    yield "Python", f"{platform.python_version()} ({sys.executable})"
    yield "system", platform.platform()
    for name in PACKAGES:
        yield name, _installed(name)


def _processor() -> Rows:
    yield "model", _processor_name()
    try:
        from llvmlite import binding

        yield "name in LLVM", binding.get_host_cpu_name()
        features = binding.get_host_cpu_features()
        yield "features", " ".join(name for name in FEATURES if features.get(name)) or "none of those listed by fastnn"
        from fastnn.cpu.machine import vector_name

        yield "vectors used", vector_name()
    except (RuntimeError, ImportError) as error:
        yield "problem", str(error)


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _threads() -> Rows:
    from fastnn.cpu.team import available_threads

    yield "processors", str(os.cpu_count())
    if hasattr(os, "sched_getaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        yield (
            "usable by this process",
            f"{len(allowed)} ({', '.join(map(str, allowed[:32]))}{' ...' if len(allowed) > 32 else ''})",
        )
    yield "threads for training", f"at most {available_threads()}"


def _cuda() -> Rows:
    from fastnn.cuda.devices import report

    yield from report()


def _cache() -> Rows:
    from fastnn.kernels.store import cache_directory, cache_problem, cache_size

    entries, size = cache_size()
    yield "folder", str(cache_directory())
    yield "contents", f"{entries} entries, {size / 2**20:.1f} MiB (fastnn doctor --clear-cache deletes them)"
    if problem := cache_problem():
        yield "problem", problem


def _plugins() -> Rows:
    from fastnn.parts import registry

    owners: dict[str, list[str]] = {}
    for part, owner in registry.parts():
        owners.setdefault(owner, []).append(f"{part.kind} {part.name}")
    for owner, parts in owners.items():
        yield owner, f"{len(parts)} parts" if len(parts) > 8 else ", ".join(parts)
    for clash in registry.clashes():
        yield "clash", str(clash)
    for failure in registry.failures():
        yield "not loaded", str(failure)


def _environment() -> Rows:
    found = [(name, os.environ[name]) for name in VARIABLES if name in os.environ]
    yield from found or [("variables", "none of those that fastnn and Numba read is set")]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
