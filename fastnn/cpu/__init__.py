"""A plan compiled for the CPU."""

from __future__ import annotations

import os

from fastnn.errors import UsageError

_threads = os.environ.get("NUMBA_NUM_THREADS", "1")
if not (_threads.isdecimal() and int(_threads) > 0):  # Numba, once imported, fails without naming the variable
    raise UsageError(
        f"NUMBA_NUM_THREADS={_threads} is not allowed: it must be a whole number from 1. Unset it to use every core."
    )
