"""C functions around formulas: compiled once per formula, and called by the engine through their addresses.

No fast-math flags are set. If a multiplication and an addition could be contracted, the vectors of a loop and its
remaining elements might round differently, and the results would depend on how rows are divided among threads.
"""

from __future__ import annotations

from collections.abc import Callable

from numba import njit, types

from fastnn.cpu.compiled import FORMULA, c_function
from fastnn.cpu.machine import require_compiler

REALS = {"float32": types.float32, "float64": types.float64}
_BUILT: dict[tuple[str, str], object] = {}  # compiled functions must outlive all tables with their addresses


def formula_jit(function: Callable) -> Callable:
    """Compile a function of a formula. It is inlined into the loop of the kernel."""
    return njit(**FORMULA)(function)


def kernel(key: str, signature, make: Callable[[], Callable], check: Callable[[], None] | None = None):
    """Compile the function that ``make`` returns as a C function, once per key. It is called through its .address.

    key: everything that the function depends on, besides the signature. check: called before it is compiled, but not
    if it is loaded.
    """
    require_compiler()
    function = make()
    cache_key = (function.__qualname__, key)
    if cache_key not in _BUILT:  # of two threads that compile it at once, both get the first one, which stays alive
        _BUILT.setdefault(cache_key, c_function(signature, key, check)(function))
    return _BUILT[cache_key]
