"""What all benchmarks of times share."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fastnn import ops

THRESHOLDS = {-1: 2**30, -3: 2**25}  # of glibc's mallopt, in bytes: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD (its largest)


def keep_memory() -> None:
    """Keep the C library from giving freed memory back to the system.

    Whether it does depends on what else lies on the heap. Then each new array of 256 kB costs its pages once more, and
    the same code takes 30 or 500 microseconds.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries than glibc do not have it
        for option, limit in THRESHOLDS.items() if set_option else ():
            set_option(option, limit)


keep_memory()
# asv imports these modules once for a commit, then forks a process for each measurement: the compiler starts only here
ops.activation("relu", np.zeros(1, np.float32))


class Timed:
    """A benchmark class whose ``prepare(*choice)`` returns a checked call to time.

    asv runs setup before every sample, so the call is prepared once: compiled, run, and its result compared with NumPy.
    A sample takes at least 50 microseconds: ``_x10`` at the end of a name says that it is ten calls.
    """

    version = "1"  # raise it by hand if what is measured changes
    rounds = 2
    repeat = (10, 400, 0.15)  # least and most samples of a round, and the seconds after which it ends
    number = 1
    warmup_time = 0.03
    call: Callable[[], Any]

    @staticmethod
    def prepare(*choice: Any) -> Callable[[], Any]:
        """Return the call."""
        raise NotImplementedError

    def setup(self, *choice: Any) -> None:
        self.call = _prepared(type(self), choice)


class OneThread(Timed):
    """CPU time: for one thread it is what a quiet machine's clock shows, and it does not count other processes."""

    timer = time.process_time


@cache
def _prepared(kind: type[Timed], choice: tuple[Any, ...]) -> Callable[[], Any]:
    return kind.prepare(*choice)


def skip(reason: str) -> NotImplementedError:
    """Return the exception with which setup skips a benchmark. asv prints the reason, and n/a instead of a number."""
    return NotImplementedError(reason)
