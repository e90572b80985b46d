"""A cache of results that depend only on a part and its compile-time parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable

from fastnn.parts.kinds import Bound


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
