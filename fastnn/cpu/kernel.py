"""C functions around formulas: compiled once per formula, and called by the engine through their addresses.

No fast-math flags are set. If a multiplication and an addition could be contracted, the vectors of a loop and its
remaining elements might round differently, and the results would depend on how rows are divided among threads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from numba import njit, types

from fastnn.cpu.compiled import INNER, part
from fastnn.cpu.machine import require_compiler
from fastnn.parts.kinds import Bound

REALS = {"float32": types.float32, "float64": types.float64}
_BUILT: dict[tuple[str, str], object] = {}  # compiled functions must outlive all tables with their addresses


def formula_jit(function: Callable) -> Callable:
    """Compile a function of a formula. It is inlined into the loop of the kernel."""
    return njit(**INNER, forceinline=True)(function)


def remembered(of_part: Callable) -> Callable:
    """Cache a function of (bound part, dtype) by the part, its compile-time parameters and the dtype.

    Finding and specialising the source of a formula takes milliseconds; running a kernel often takes microseconds.
    """
    known: dict[tuple, tuple] = {}

    @functools.wraps(of_part)
    def remember(bound: Bound, dtype: str):
        cache_key = (id(bound.part), tuple(bound.choices.values()), dtype)
        if cache_key not in known:
            known[cache_key] = (bound.part, of_part(bound, dtype))  # keeps the part alive, so that its id stays unique
        return known[cache_key][1]

    return remember


def kernel(key: str, signature, make: Callable[[], Callable]):
    """Compile the function that ``make`` returns as a C function, once per key. It is called through its .address."""
    require_compiler()
    function = make()
    cache_key = (function.__qualname__, key)
    if cache_key not in _BUILT:
        _BUILT[cache_key] = part(signature, key)(function)
    return _BUILT[cache_key]
