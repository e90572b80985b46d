"""Threads that are started once per training and run compiled functions together.

The threads that take part in a run are numbered from 0. The compiled functions call this number ``member``, and the
number of threads ``team``.

In a long run, the worker threads compute and the calling thread only waits. So Ctrl-C reaches it at once; it then sets
a flag that the others check after every step. In a short run, which ends before a user could notice, the calling thread
is thread 0 itself: waking another thread takes as long as dozens of steps of a small network.

Ctrl-C reaches the main thread only. A team of one that another thread makes is that thread alone: nothing is started.
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
from fastnn.errors import FastnnError
from fastnn.limits import THREADS

PATIENCE = 0.2  # seconds after which a wait is repeated, since Ctrl-C does not interrupt an endless one on Windows
SHORT_RUN_SECONDS = 0.02  # seconds; a shorter run need not react to Ctrl-C
_sched_getcpu = None if sys.platform == "win32" else getattr(ctypes.CDLL(None), "sched_getcpu", None)


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may use, or an empty list if the system cannot tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def current_core() -> int | None:
    """Return the core that the calling thread runs on, or None if the system cannot tell."""
    return _sched_getcpu() if _sched_getcpu is not None else None


def available_threads() -> int:
    """Return how many threads this process may use: its affinity, or NUMBA_NUM_THREADS if that is less."""
    usable = len(usable_cores()) or os.cpu_count() or 1
    wanted = os.environ.get("NUMBA_NUM_THREADS", "")
    return max(1, min(usable, int(wanted))) if wanted.isdecimal() and int(wanted) > 0 else usable


def team_size(threads: int | None) -> int:
    """Return the number of threads for the argument ``threads``. Raises UsageError if it is not a positive integer."""
    if threads is None:
        return available_threads()
    return THREADS(threads, "threads")


class Team:
    """``size`` worker threads. Use it as a context manager, or call close()."""

    def __init__(self, size: int):
        self.size = size
        self._process = os.getpid()
        self.sync = np.zeros(WORDS + size * QUEUES, np.int64)
        cores = usable_cores()
        self._cores = cores if 1 < size == len(cores) and current_core() is not None else []
        self._last: _Task | None = None
        self._orders: list[queue.SimpleQueue[_Task | None]] = [queue.SimpleQueue() for _ in range(size)]
        self._alone = size == 1 and threading.current_thread() is not threading.main_thread()
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), name=f"fastnn-{number}", daemon=True)
            for number in range(0 if self._alone else size)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, function: Callable[[int, int], Any], size: int | None = None, seconds: float = float("inf")) -> Any:
        """Call function(member, size) in ``size`` threads, numbered from 0, and return the result of thread 0.

        seconds: the expected duration. Thread 0 must set the word ENDED of ``sync`` at its end, and must not end
        before the others.

        Raises FastnnError if a thread fails, or in a forked process, where the threads do not exist. Raises
        KeyboardInterrupt only after all threads have returned: until then they work on arrays that the caller is
        about to restore.
        """
        if self._process != os.getpid():
            raise FastnnError(
                f"This training began in process {self._process}, and a forked process cannot continue it: threads are "
                "not copied. Start a new training here, or end the process after its work."
            )
        self._settle()
        self.sync[:] = 0
        if self._alone:
            return function(0, 1)
        size = size or self.size
        cores = self._cores if size > 1 else []
        if seconds > SHORT_RUN_SECONDS:
            job = _Task(function, size, range(size), cores)
            self._wait_for(job)
        else:
            here = current_core() if cores else None
            job = _Task(function, size, range(1, size), sorted(cores, key=lambda core: core != here))
            self._take_part(job)
        return job.result

    def _wait_for(self, job: _Task) -> None:
        """Let the workers do the job, and wait."""
        interrupt: BaseException | None = None
        ordered = False
        while True:
            try:
                while not job.done:
                    if not ordered:  # after Ctrl-C between these two lines, the job is sent twice
                        self._orders[0].put(job)
                        ordered = True
                    with contextlib.suppress(queue.Empty):
                        job.returned.get(timeout=PATIENCE)
                break
            except BaseException as error:  # Ctrl-C, or an exception from another signal's handler
                self.sync[STOP] = 1
                interrupt = error
        if interrupt is not None:
            raise interrupt
        job.raise_failure()

    def _take_part(self, job: _Task) -> None:
        """Do the job as thread 0. There is no need to wait for the others: they end before thread 0."""
        self._last = job
        try:
            for orders in self._orders[1 : job.size]:
                orders.put(job)
            job.result = job.function(0, job.size)
        except BaseException:  # Ctrl-C arrives before the compiled code, when nothing is done yet, or after it
            if not self.sync[ENDED]:
                self.sync[DEAD] = 1
            self._settle()
            raise
        if self.sync[DEAD]:
            self._settle()

    def _settle(self) -> None:
        """Wait until all threads have returned from the previous run. Raises FastnnError if one of them failed."""
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

    def stop(self) -> None:
        """Let a run in progress end after the current step. Any thread may call this; a run that begins forgets it."""
        self.sync[STOP] = 1

    def close(self) -> None:
        """End the threads. No run may be in progress."""
        if self._process != os.getpid():  # a forked process has no threads to end
            return
        for orders in self._orders:
            orders.put(None)
        for thread in self._threads:
            thread.join()

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
            except BaseException as error:  # the others must not wait for this thread
                self.sync[DEAD] = 1
                failure = error
            job.report(number, result, failure)

    def _move(self, core: int | None) -> None:
        """Pin this thread to a core. None: allow all cores.

        Threads that wait for each other look almost idle, so Linux may leave two of them on one core for a long time.
        If there is a core for each thread, each is pinned to its own.
        """
        with contextlib.suppress(OSError):  # the set of usable cores has changed
            os.sched_setaffinity(0, self._cores if core is None else {core})


class _Task:
    """One call of a function by all threads of a team.

    Completion is recorded in ``_missing``: a message in the queue alone could be lost to a KeyboardInterrupt.
    workers: the numbers of the worker threads. cores: one per thread, or empty if they are not pinned.
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
        """Raise FastnnError for the first thread that failed."""
        for number, failure in enumerate(self.failures):
            if failure is not None:
                raise FastnnError(f"Thread {number} of the training failed: {failure!r}.") from failure
