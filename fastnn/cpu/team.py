"""Threads that are started once for a training and run compiled functions together.

A long run is left to worker threads, while the calling thread only waits, so that Ctrl-C reaches it at once; it then
raises a flag that the members look at after every step. In a short run, which is over before anybody would notice,
the calling thread is a member itself: to wake another thread takes as long as dozens of steps of a small network.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.cpu.barrier import DEAD, ENDED, QUEUES, STOP, WORDS
from fastnn.errors import FastnnError, UsageError

PATIENCE = 0.2  # seconds between looks for Ctrl-C where an endless wait would not be interrupted (Windows)
SHORT = 0.02  # seconds that Ctrl-C may wait
_sched_getcpu = None if sys.platform == "win32" else getattr(ctypes.CDLL(None), "sched_getcpu", None)


def usable_cores() -> list[int]:
    """The cores that this process may use, by their numbers; empty where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def current_core() -> int | None:
    """The core that the calling thread is on; None where the system does not tell."""
    return _sched_getcpu() if _sched_getcpu is not None else None


def available_threads() -> int:
    """Threads that this process may use: its affinity, or NUMBA_NUM_THREADS where that is less."""
    usable = len(usable_cores()) or os.cpu_count() or 1
    wanted = os.environ.get("NUMBA_NUM_THREADS", "")
    return max(1, min(usable, int(wanted))) if wanted.isdecimal() and int(wanted) > 0 else usable


def team_size(threads: int | None) -> int:
    """The number of members for a user's wish; UsageError if that is no positive whole number."""
    if threads is None:
        return available_threads()
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)) or not 1 <= threads <= 1024:
        raise UsageError(f"threads = {threads!r} is not allowed: it must be a whole number from 1 to 1024.")
    return int(threads)


class Team:
    """``size`` worker threads; use as a context manager, or call close()."""

    def __init__(self, size: int):
        self.size = size
        self.sync = np.zeros(WORDS + size * QUEUES, np.int64)
        cores = usable_cores()
        self._cores = cores if 1 < size == len(cores) and current_core() is not None else []
        self._last: _Job | None = None
        self._orders: list[queue.SimpleQueue[_Job | None]] = [queue.SimpleQueue() for _ in range(size)]
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

    def run(self, function: Callable[[int, int], Any], size: int | None = None, seconds: float = float("inf")) -> Any:
        """Call function(member, size) in the first ``size`` members; the result of member 0.

        seconds: that it is expected to take. The function must set the word ENDED of ``sync`` when member 0 is done,
        and member 0 must not be done before the others. Raises FastnnError when a member has failed, and
        KeyboardInterrupt when all have returned: until then they work on arrays that the caller wants to put right.
        """
        self._settle()
        self.sync[:] = 0
        size = size or self.size
        cores = self._cores if size > 1 else []
        if seconds > SHORT:
            job = _Job(function, size, range(size), cores)
            self._wait_for(job)
        else:
            here = current_core() if cores else None
            job = _Job(function, size, range(1, size), sorted(cores, key=lambda core: core != here))
            self._take_part(job)
        return job.result

    def _wait_for(self, job: _Job) -> None:
        """Let the workers do it."""
        interrupt: BaseException | None = None
        ordered = False
        while True:
            try:
                while not job.done:
                    if not ordered:  # one indivisible call; should Ctrl-C fall behind it, the same job comes twice
                        self._orders[0].put(job)
                        ordered = True
                    with contextlib.suppress(queue.Empty):
                        job.returned.get(timeout=PATIENCE)
                break
            except BaseException as error:  # Ctrl-C, or what another signal's handler raises
                self.sync[STOP] = 1
                interrupt = error
        if interrupt is not None:
            raise interrupt
        job.raise_failure()

    def _take_part(self, job: _Job) -> None:
        """Be member 0. Of the others nobody is waited for: when member 0 is done, they are."""
        self._last = job
        try:
            for orders in self._orders[1 : job.size]:
                orders.put(job)
            job.result = job.function(0, job.size)
        except BaseException:  # Ctrl-C comes before the compiled code, where nothing has been done yet, or behind it
            if not self.sync[ENDED]:
                self.sync[DEAD] = 1
            self._settle()
            raise
        if self.sync[DEAD]:
            self._settle()

    def _settle(self) -> None:
        """Wait until everybody has returned from the run before this one. Raises what a member raised there."""
        job, interrupt = self._last, None
        while job is not None and not job.done:
            try:
                with contextlib.suppress(queue.Empty):
                    job.returned.get(timeout=PATIENCE)
            except BaseException as error:
                interrupt = error
        self._last = None
        if interrupt is not None:
            raise interrupt
        if job is not None:
            job.raise_failure()

    def close(self) -> None:
        """End the threads; a run must not be under way."""
        for orders in self._orders:
            orders.put(None)
        for member in self._members:
            member.join()

    def _serve(self, number: int) -> None:
        last, core = None, None
        while True:
            job = self._orders[number].get()
            if job is None:
                return
            if job is last:
                continue
            last = job
            if number == 0:
                for orders in self._orders[1 : job.size]:
                    orders.put(job)
            wanted = job.cores[number] if job.cores else None
            if wanted != core:
                self._move(wanted)
                core = wanted
            result, failure = None, None
            try:
                result = job.function(number, job.size)
            except BaseException as error:  # whatever it was, the others must not wait for this member
                self.sync[DEAD] = 1
                failure = error
            job.report(number, result, failure)

    def _move(self, core: int | None) -> None:
        """Put this thread on a core, or give it the choice.

        Members that wait for each other seem so little busy that Linux may leave two on one core for long; where
        there is a core for each, each is put on one.
        """
        with contextlib.suppress(OSError):  # the cores that may be used have changed
            os.sched_setaffinity(0, self._cores if core is None else {core})


class _Job:
    """What a team does together. Who has returned is written down: of a message alone, Ctrl-C could take it away.

    workers: members that are worker threads. cores: one for each member, or empty where each has the choice.
    """

    def __init__(self, function: Callable[[int, int], Any], size: int, workers: range, cores: list[int]):
        self.function, self.size, self.cores = function, size, cores
        self.result: Any = None
        self.failures: list[BaseException | None] = [None] * size
        self.returned: queue.SimpleQueue = queue.SimpleQueue()
        self._missing = set(workers)

    @property
    def done(self) -> bool:
        return not self._missing

    def report(self, number: int, result: Any, failure: BaseException | None) -> None:
        if number == 0:
            self.result = result
        self.failures[number] = failure
        self._missing.discard(number)
        self.returned.put(number)

    def raise_failure(self) -> None:
        """FastnnError for the first member that failed."""
        for number, failure in enumerate(self.failures):
            if failure is not None:
                raise FastnnError(f"Thread {number} of the training failed: {failure!r}.") from failure
