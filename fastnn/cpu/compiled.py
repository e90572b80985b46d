"""Compile with Numba, and keep the compiled code on disk for later processes.

Numba's own disk cache is not used: it serves a stale caller after a callee in another file has changed, never
finds a closure over a jitted function again, and grows without bound. Here an entry is found by a hash of
everything that the code depends on, so it is never out of date.
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
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys

from fastnn.cpu.captured import content, describe
from fastnn.cpu.inner import InnerCompiler, OuterCompiler, PlainCompiler
from fastnn.kernels.announcing import announce
from fastnn.kernels.stamp import digest_of, source_files
from fastnn.kernels.store import cache_directory, cache_problem, cache_size, clear_cache, exists, load, problem, save

__all__ = [
    "FORMULA",
    "INNER",
    "KERNEL_OPTIONS",
    "c_function",
    "cache_directory",
    "cache_problem",
    "cache_size",
    "clear_cache",
    "compilations",
    "compiled",
]  # fmt: skip

KERNEL_OPTIONS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
"""The options that all kernels share. Never ``fastmath=True``: it assumes that there are no NaNs."""

INNER: dict[str, Any] = {
    **KERNEL_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": PlainCompiler,
}  # fmt: skip
"""The options of plain functions that only compiled code calls: they get no wrapper for calls from Python."""

FORMULA: dict[str, Any] = {**INNER, "pipeline_class": InnerCompiler, "forceinline": True}
"""The options of the functions of formulas, which may use all that Numba supports. They are inlined."""

_compilations = 0


def compilations() -> int:
    """Return how many functions this process has compiled. Functions loaded from disk do not count."""
    return _compilations


def compiled(*signatures: Any, key: str = "", **options: Any) -> Callable[[Callable], Any]:
    """Return a decorator for functions that Python calls: ``numba.njit`` with KERNEL_OPTIONS and this cache.

    Without a signature the function is compiled for the types of each call. The values that the function captures are
    part of its identity; ``key`` must identify those that cannot be described (see :mod:`fastnn.cpu.captured`).
    Functions that only compiled code calls need no cache: they are part of their caller's entry.
    Do not use it with parallel=True or BLAS (numpy.dot): code loaded from disk would not find the functions they call.
    """

    def decorate(function: Callable) -> Any:
        settings = {**KERNEL_OPTIONS, "no_cfunc_wrapper": True, **options}
        dispatcher: Any = numba.njit(**settings, pipeline_class=OuterCompiler)(function)
        dispatcher._cache = ContentCache(function, key, settings)
        for signature in signatures:
            dispatcher.compile(signature)
        return dispatcher

    return decorate


def c_function(
    signature: Any, key: str, check: Callable[[], None] | None = None, **options: Any
) -> Callable[[Callable], CFunc]:
    """Return a decorator that compiles or loads a C function with this signature at once. Its ``address`` is an int.

    ``key`` is the key of the formula that the function is built around. ``check`` is called before compiling: what it
    refuses is neither compiled nor kept, so code that is loaded needs no check.
    """

    def decorate(function: Callable) -> CFunc:
        settings = {**KERNEL_OPTIONS, **options}
        callback: Any = CFunc(
            function, sigutils.normalize_signature(signature), locals={}, options=settings,
            pipeline_class=OuterCompiler,
        )  # fmt: skip
        callback._cache = ContentCache(function, key, settings, check)
        callback.compile()
        return callback

    return decorate


def is_kept(function: Callable, signature: Any, key: str) -> bool:
    """Return whether c_function(signature, key)(function) would find its code on disk."""
    return ContentCache(function, key, KERNEL_OPTIONS).is_kept(signature)


class ContentCache:
    """The cache of one function, with the methods that Numba's Dispatcher and CFunc call."""

    def __init__(self, function: Callable, key: str, options: dict[str, Any], check: Callable[[], None] | None = None):
        self._check = check
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

    def is_kept(self, signature: Any) -> bool:
        """Return whether there is an entry on disk. It may be damaged."""
        return exists(self._entry(signature, cpu_target.target_context.codegen()))

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled function from disk, or None if it has to be compiled."""
        rtsys.initialize(target_context)  # defines names that loaded code refers to
        data = load(self._entry(signature, target_context.codegen())) if self._enabled else None
        if data is not None:
            try:
                return CompileResult._rebuild(target_context, *serialize.loads(data))
            except Exception as error:  # an unsuitable entry can raise anything: compile again
                problem(f"an entry could not be used: {type(error).__name__}: {error}")
        if self._check is not None:
            self._check()
        _prepare(target_context)
        announce(self._name)
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Save a function that has just been compiled."""
        global _compilations
        _compilations += 1
        result.library._ensure_finalized()
        for environment in result._find_referenced_environments():  # including inner functions, as after loading
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
    """Prepare for compiling. Loading does not need this, which takes as long as the rest of a start."""
    target_context.refresh()
    importlib.import_module("fastnn.cpu.mathematics")  # registers the functions that formulas call


def engine_files() -> list[Path]:
    """Return the files whose code may be part of any kernel."""
    return source_files("cpu", "formula", "kernels")


@functools.cache
def engine_stamp() -> str:
    """Return a hash of the contents of all engine files."""
    return digest_of(engine_files())


def versions() -> tuple[str, ...]:
    """Return the versions and the setting that also affect the machine code."""
    vector = os.environ.get("FASTNN_VECTOR", "")
    return numba.__version__, llvmlite.__version__, platform.python_version(), numpy.__version__, vector


def _distinct_symbols() -> None:
    """Number the compiled functions from a random start, a different one in each process.

    Numba distinguishes functions of equal name and types by a number that counts from 1 in every process. So two
    entries written by two processes could hold different code under the same linker symbol, and a third process that
    loads both would call the wrong one.
    """
    FunctionIdentity._unique_ids = itertools.count(secrets.randbits(62))


_distinct_symbols()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_distinct_symbols)
