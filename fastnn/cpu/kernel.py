"""C functions around formulas: compiled once a formula, called by the engine through their address.

No fast-math flag is set. Were a multiplication and an addition allowed to contract, the vectors of a loop and the
numbers left over might round differently, and the bits would depend on how rows are divided among threads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from numba import njit, types

from fastnn.cpu.compiled import INNER, part
from fastnn.cpu.machine import require_compiler
from fastnn.parts.kinds import Bound

REALS = {"float32": types.float32, "float64": types.float64}
_BUILT: dict[tuple[str, str], object] = {}  # compiled functions must outlive every table that holds their address


def formula_jit(function: Callable) -> Callable:
    """How a formula's functions are compiled: they are inlined into the kernel's loop."""
    return njit(**INNER, forceinline=True)(function)


def remembered(of_part: Callable) -> Callable:
    """Decorator of functions of (bound part, dtype): the same result for the same part and compile-time parameters.

    Finding a formula's source and specialising it takes milliseconds, a kernel often only microseconds.
    """
    known: dict[tuple, tuple] = {}

    @functools.wraps(of_part)
    def remember(bound: Bound, dtype: str):
        place = (id(bound.part), tuple(bound.choices.values()), dtype)
        if place not in known:
            known[place] = (bound.part, of_part(bound, dtype))  # with the part, so that its id is not used again
        return known[place][1]

    return remember


def kernel(key: str, signature, make: Callable[[], Callable]):
    """The C function of this signature that ``make`` returns, compiled once a key; its .address is called."""
    require_compiler()
    function = make()
    place = (function.__qualname__, key)
    if place not in _BUILT:
        _BUILT[place] = part(signature, key)(function)
    return _BUILT[place]
