"""Compile and run plans on the CPU."""

from __future__ import annotations

import os

from fastnn.errors import UsageError

_threads = os.environ.get("NUMBA_NUM_THREADS", "1")
if not (_threads.isdecimal() and int(_threads) > 0):  # Numba's own error does not name the variable
    raise UsageError(
        f"NUMBA_NUM_THREADS={_threads} is not allowed: it must be a positive integer. Unset it to use every core."
    )
