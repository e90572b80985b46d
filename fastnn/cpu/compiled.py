"""Compile with Numba; what was compiled before, in this or another process, is loaded from disk.

Numba's own disk cache is not used: it serves a stale caller after a callee in another file has changed, never
finds a closure over a jitted function again, and grows without bound. Here an entry is found by a hash of
everything that it was made from, so it is right or it is not found.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import itertools
import os
import platform
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy
from numba.core import serialize, sigutils
from numba.core.bytecode import FunctionIdentity
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.runtime import rtsys

from fastnn.cpu.captured import content, describe
from fastnn.cpu.inner import InnerCompiler
from fastnn.kernels.announcing import announce
from fastnn.kernels.store import cache_directory, cache_problem, cache_size, clear_cache, load, problem, save

__all__ = [
    "FAST",
    "INNER",
    "c_function",
    "cache_directory",
    "cache_problem",
    "cache_size",
    "clear_cache",
    "compilations",
    "compiled",
]  # fmt: skip

FAST: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
"""The options that all kernels share. Never ``fastmath=True``: it assumes that no NaN exists."""

INNER: dict[str, Any] = {
    **FAST, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": InnerCompiler,
}  # fmt: skip
"""The options of functions that only compiled code calls: without what Python would need to call them."""

_compilations = 0


def compilations() -> int:
    """How many functions this process has compiled; what was loaded from disk does not count."""
    return _compilations


def compiled(*signatures: Any, key: str = "", **options: Any) -> Callable[[Callable], Any]:
    """Decorator for what Python calls: ``numba.njit`` with the options FAST and this cache.

    Without a signature the function is compiled for the types of each call. What the function captures is
    part of its identity; ``key`` must name what cannot be described (see :mod:`fastnn.cpu.captured`).
    Functions that only compiled code calls need no cache: they are inside their caller's entry.
    Not for parallel=True nor for BLAS (numpy.dot): loaded code would not find the functions behind them.
    """

    def decorate(function: Callable) -> Any:
        settings = {**FAST, **options}
        dispatcher: Any = numba.njit(**settings)(function)
        dispatcher._cache = ContentCache(function, key, settings)
        for signature in signatures:
            dispatcher.compile(signature)
        return dispatcher

    return decorate


def c_function(signature: Any, key: str, **options: Any) -> Callable[[Callable], CFunc]:
    """Decorator: a C function with that signature, compiled or loaded at once; its ``address`` is an int.

    ``key`` is the key of the formula that the function is built around.
    """

    def decorate(function: Callable) -> CFunc:
        settings = {**FAST, **options}
        callback: Any = CFunc(function, sigutils.normalize_signature(signature), locals={}, options=settings)
        callback._cache = ContentCache(function, key, settings)
        callback.compile()
        return callback

    return decorate


class ContentCache:
    """The cache of one function, with the methods that Numba's Dispatcher and CFunc call."""

    def __init__(self, function: Callable, key: str, options: dict[str, Any]):
        self._name = function.__qualname__
        self._made_of = (content(function, described=not key), key, describe(options))
        self._enabled = True

    @property
    def cache_path(self) -> str:
        return str(cache_directory())

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        """Nothing to do: an entry is never stale."""

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The compiled function from disk; None where it has to be compiled."""
        rtsys.initialize(target_context)  # names that loaded code refers to; what compiling needs comes later
        data = load(self._entry(signature, target_context.codegen())) if self._enabled else None
        if data is not None:
            try:
                return CompileResult._rebuild(target_context, *serialize.loads(data))
            except Exception as error:  # whatever an unsuitable entry raises, compiling again is right
                problem(f"an entry could not be used: {type(error).__name__}: {error}")
        _prepare(target_context)
        announce(self._name)
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what has just been compiled."""
        global _compilations
        _compilations += 1
        result.library._ensure_finalized()
        for environment in result._find_referenced_environments():  # of inner functions too, as after loading
            result.codegen.set_env(environment.env_name, environment)
        if not self._enabled:
            return
        if result.lifted or result.library.has_dynamic_globals:
            problem(f"{self._name} holds addresses of this process and cannot be kept")
            return
        save(self._entry(signature, result.library.codegen), serialize.dumps(result._reduce()))

    def _entry(self, signature: Any, codegen: Any) -> str:
        arguments, result = sigutils.normalize_signature(signature)
        types = ([str(a) for a in arguments], str(result))
        made_of = (self._made_of, types, engine_stamp(), codegen.magic_tuple(), versions())
        return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _prepare(target_context: Any) -> None:
    """What only compiling needs, not loading: it takes as long as all the rest of a start."""
    target_context.refresh()
    importlib.import_module("fastnn.cpu.mathematics")  # registers the functions that formulas call


def engine_files() -> list[Path]:
    """The files whose code may be inside any kernel."""
    package = Path(__file__).parent.parent
    files = [file for room in ("cpu", "formula", "kernels") for file in (package / room).rglob("*.py")]
    return [*sorted(files), package / "mathematics.py"]


@functools.cache
def engine_stamp() -> str:
    """A hash of the contents of all engine files."""
    digest = hashlib.sha256()
    for file in engine_files():
        text = file.read_bytes()
        digest.update(f"{file.parent.name}/{file.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def versions() -> tuple[str, ...]:
    """What else decides the machine code."""
    vector = os.environ.get("FASTNN_VECTOR", "")
    return numba.__version__, llvmlite.__version__, platform.python_version(), numpy.__version__, vector


def _distinct_symbols() -> None:
    """Number the compiled functions from a random start, in each process its own.

    Numba tells functions of equal name and types apart by a number that counts from 1 in every process. Two
    entries written by two processes can so hold different code under the same linker symbol, and a third
    process that loads both would call one for the other.
    """
    FunctionIdentity._unique_ids = itertools.count(secrets.randbits(62))


_distinct_symbols()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_distinct_symbols)
