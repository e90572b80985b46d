"""Several trainings at once: one network on one thread at a time. Compiled code does not hold Python's lock."""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from fastnn.errors import Diverged
from fastnn.program import Program
from fastnn.training.compiling import compile_all
from fastnn.training.forked import end_forked
from fastnn.training.prepared import Prepared
from fastnn.training.record import Record, Result

OnEnd = Callable[[int, Result], Any]  # the number of the network, its result
OnEpoch = Callable[[int, Record], Any]  # the number of the network, its record
PATIENCE = 0.05  # seconds after which a request to stop is repeated


def train_together(
    trainings: Sequence[Prepared], threads: int, on_epoch: OnEpoch | None = None, on_end: OnEnd | None = None
) -> list[Result]:
    """Train all networks, each on one thread, and return their results in order.

    on_end is called when a training has ended by itself or diverged. Never do two threads call on_epoch or on_end at
    once.

    A network that diverges ends with an ``error`` in its result. Ctrl-C and any other exception, also one of
    ``on_epoch``, stop all. It is raised when all networks have their best parameters, with ``results``.
    """
    return _Together(trainings, on_epoch, on_end).run(threads)


class _Together:
    """The trainings of one call."""

    def __init__(self, trainings: Sequence[Prepared], on_epoch: OnEpoch | None, on_end: OnEnd | None):
        self.trainings, self.on_epoch, self.on_end = trainings, on_epoch, on_end
        self.results = [Result(stopped="interrupted") for _ in trainings]
        self._running: dict[int, Program] = {}
        self._failure: BaseException | None = None
        self._watching = threading.Lock()
        self._process = os.getpid()

    def run(self, threads: int) -> list[Result]:
        """Train all, the longest first, so that no thread works alone at the end for long."""
        numbers = sorted(range(len(self.trainings)), key=lambda number: -self.trainings[number].work)
        futures: list[Future] = []
        pool = ThreadPoolExecutor(threads, thread_name_prefix="fastnn-network")
        while True:
            try:
                if not futures and self._failure is None:
                    compile_all(self.trainings)
                while len(futures) < len(numbers) and self._failure is None:
                    context = contextvars.copy_context()  # of the caller: it contains numpy.errstate
                    futures.append(pool.submit(context.run, self._train, numbers[len(futures)]))
                self._wait(futures)
                pool.shutdown()
                break
            except BaseException as error:  # Ctrl-C, or an exception from another signal's handler
                self._fail(error)
        if self._failure is not None:
            self._failure.results = self.results  # type: ignore[attr-defined]
            raise self._failure
        return self.results

    def _wait(self, futures: list[Future]) -> None:
        """Wait for all. After a failure, stop those that run; those that have not begun return at once."""
        left = set(futures)
        while left or self._running:  # Ctrl-C within submit() leaves a training that is not among the futures
            if self._failure is not None:
                for running in list(self._running.values()):
                    running.stop()
            if left:
                left = wait(left, PATIENCE).not_done
            else:
                time.sleep(PATIENCE)

    def _fail(self, error: BaseException) -> None:
        """Let all trainings end. Only the first failure is raised: those that it stops fail too."""
        if self._failure is None:
            self._failure = error

    def _train(self, number: int) -> None:
        """Train one network, in a thread of the pool."""
        if self._failure is not None:
            return
        try:
            self.results[number] = self._result(number)
            if self.on_end is not None:
                with self._watching:
                    self.on_end(number, self.results[number])
        except BaseException as error:
            self._fail(error)
            self.results[number] = getattr(error, "result", None) or self.results[number]

    def _result(self, number: int) -> Result:
        try:
            with self.trainings[number].program(threads=1) as running:
                self._running[number] = running
                try:
                    return self.trainings[number].run(running, lambda record: self._watch(number, record))
                finally:
                    del self._running[number]
        except Diverged as error:
            if error is self._failure or error.result is None:  # raised by on_epoch
                raise
            error.result.error = error.with_traceback(None)  # its frames would keep all buffers
            return error.result

    def _watch(self, number: int, record: Record) -> Any:
        """Call on_epoch, for one network at a time, unless all are to stop."""
        if self.on_epoch is None:
            return None
        with self._watching:
            if self._failure is not None:
                raise KeyboardInterrupt
            answer, failure = None, None
            try:
                answer = self.on_epoch(number, record)
            except BaseException as error:
                failure = error
            if self._process != os.getpid():
                end_forked(failure)
            if failure is not None:
                self._fail(failure)
                raise failure
            return answer
