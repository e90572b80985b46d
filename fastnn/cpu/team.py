"""Worker threads that are started once for a training and run compiled functions together.

All members are workers: the calling thread only waits, so that Ctrl-C reaches it at once. It then raises a flag
that the members look at after every step.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.cpu.barrier import DEAD, STOP, WORDS
from fastnn.errors import FastnnError, UsageError

PATIENCE = 0.2  # seconds between looks for Ctrl-C where an endless wait would not be interrupted (Windows)


def available_threads() -> int:
    """Threads that this process may use: its affinity, or NUMBA_NUM_THREADS where that is less."""
    if hasattr(os, "sched_getaffinity"):
        usable = len(os.sched_getaffinity(0))
    else:
        usable = os.cpu_count() or 1
    wanted = os.environ.get("NUMBA_NUM_THREADS", "")
    return max(1, min(usable, int(wanted))) if wanted.isdecimal() and int(wanted) > 0 else usable


def team_size(threads: int | None) -> int:
    """The number of members for a user's wish; UsageError if that is no positive whole number."""
    if threads is None:
        return available_threads()
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)) or not 1 <= threads <= 1024:
        raise UsageError(f"threads = {threads!r} is not allowed: it must be a whole number from 1 to 1024, or None.")
    return int(threads)


class Team:
    """``size`` worker threads; use as a context manager, or call close()."""

    def __init__(self, size: int):
        self.size = size
        self.sync = np.zeros(WORDS, np.int64)
        self._orders: list[queue.SimpleQueue] = [queue.SimpleQueue() for _ in range(size)]
        self._reports: queue.SimpleQueue = queue.SimpleQueue()
        self._serial = 0
        self._members = [
            threading.Thread(target=self._serve, args=(number,), name=f"fastnn-{number}", daemon=True)
            for number in range(size)
        ]
        for member in self._members:
            member.start()

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, function: Callable[[int, int], Any], size: int | None = None) -> Any:
        """Call function(member, size) in the first ``size`` members; the result of member 0.

        Raises KeyboardInterrupt after all members have returned, and FastnnError when one has failed.
        """
        size = size or self.size
        self.sync[:] = 0
        self._serial += 1
        job, ordered = (self._serial, function, size), False
        reports: dict[int, tuple[Any, BaseException | None]] = {}
        interrupted: BaseException | None = None
        while len(reports) < size:
            try:
                if not ordered:  # one indivisible call; should Ctrl-C fall behind it, the same job comes twice
                    self._orders[0].put(job)
                    ordered = True
                number, result, failure = self._reports.get(timeout=PATIENCE)
                reports[number] = (result, failure)
            except queue.Empty:
                continue
            except KeyboardInterrupt as error:
                interrupted = error
                self.sync[STOP] = 1
        if interrupted is not None:
            raise interrupted
        for number, (_, failure) in sorted(reports.items()):
            if failure is not None:
                raise FastnnError(f"Thread {number} of the training failed: {failure!r}.") from failure
        return reports[0][0]

    def close(self) -> None:
        """End the threads; a run must not be under way."""
        for orders in self._orders:
            orders.put(None)
        for member in self._members:
            member.join()

    def _serve(self, number: int) -> None:
        seen = 0
        while True:
            job = self._orders[number].get()
            if job is None:
                return
            serial, function, size = job
            if serial == seen:
                continue
            seen = serial
            if number == 0:
                for orders in self._orders[1:size]:
                    orders.put(job)
            result, failure = None, None
            try:
                result = function(number, size)
            except BaseException as error:  # whatever it was, the others must not wait for this member
                self.sync[DEAD] = 1
                failure = error
            self._reports.put((number, result, failure))
