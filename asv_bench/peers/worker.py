"""A worker process per peer, with its own environment, that creates jobs and times them on request.

Peers need different numbers of threads, which libraries read from the environment when they are loaded. Separate
processes also prevent that the thread pools and the memory of one peer slow down another. Idle workers wait for a pipe.
"""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from asv_bench.peers.job import Job

IDLE_CHECK_SECONDS = 0.005  # time over which the CPU time of a process is measured
REMOVED_PREFIXES = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "GOTO_", "BLIS_", "XLA_", "JAX_")


@dataclass(frozen=True)
class Peer:
    """A library with its settings. module: the module of its jobs in this package. package: has to be installed."""

    module: str
    package: str
    environment: dict[str, str] = field(default_factory=dict)


def _threads(count: int) -> dict[str, str]:
    return {name: str(count) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


PEERS = {
    "fastnn": Peer("with_fastnn", "fastnn"),
    "NumPy, 1 thread": Peer("with_numpy", "numpy", _threads(1)),
    "NumPy, 2 threads": Peer("with_numpy", "numpy", _threads(2)),
    "PyTorch, 1 thread": Peer("with_torch", "torch", _threads(1)),
    "PyTorch, all threads": Peer("with_torch", "torch"),
    "JAX, 1 thread": Peer("with_jax", "jax", {"NPROC": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}),
    "JAX, all threads": Peer("with_jax", "jax"),
    "scikit-learn": Peer("with_sklearn", "sklearn"),
    "pandas": Peer("with_pandas", "pandas"),
}


def missing(peer: str) -> str:
    """Return the package of this peer that is not installed; empty if there is none."""
    package = PEERS[peer].package
    needed = ("jax", "optax") if package == "jax" else (package,)
    return next((name for name in needed if importlib.util.find_spec(name) is None), "")


def clean_environment(**extra: str) -> dict[str, str]:
    """Return the environment of this process without variables that change the speed of a peer."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(REMOVED_PREFIXES)}
    return kept | extra


@contextmanager
def _environment(wanted: dict[str, str]):
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class WorkerError(Exception):
    """A worker failed. The message is its traceback."""


class Worker:
    """The side of the main process: sends requests to a worker process."""

    def __init__(self, peer: str):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, PEERS[peer].module), daemon=True)
        with _environment(clean_environment(**PEERS[peer].environment)):
            self._process.start()
        theirs.close()

    def make(self, name: str, function: str, arguments: dict[str, Any]) -> Any:
        """Create a job with a function of the peer's module, and return its result for the check."""
        return self._ask("make", name, function, arguments)

    def seconds(self, name: str, at_least: float) -> float:
        """Return the seconds per unit of the job."""
        return self._ask("seconds", name, at_least)

    def note(self, name: str) -> str:
        """Return the remark of the job for the report."""
        return self._ask("note", name)

    def drop(self, name: str) -> None:
        """Delete the job."""
        self._ask("drop", name)

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.is_alive()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # the process reads the end of the pipe and exits
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()

    def _ask(self, *question: Any) -> Any:
        try:
            self._pipe.send(question)
            answered, answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(5)
            raise WorkerError(f"the process died, exit code {self._process.exitcode} ({error!r})") from None
        if not answered:
            raise WorkerError(answer)
        return answer


def _settle() -> None:
    """Wait until this process is idle: threads of OpenBLAS spin for 0.1 s after their work, and occupy cores."""
    until = time.monotonic() + 1.0
    idle = False
    while not idle and time.monotonic() < until:
        before = time.process_time()
        time.sleep(IDLE_CHECK_SECONDS)
        idle = time.process_time() - before < 0.05 * IDLE_CHECK_SECONDS


def _serve(pipe: Any, module: str) -> None:
    """The side of the worker process: answers requests until the pipe is closed."""
    jobs: dict[str, Job] = {}
    while True:
        try:
            question, name, *rest = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            if question == "make":
                function, arguments = rest
                jobs[name] = getattr(importlib.import_module(f"asv_bench.peers.{module}"), function)(**arguments)
                answer, jobs[name].result = jobs[name].result, None
                _settle()
            elif question == "seconds":
                answer = jobs[name].seconds(*rest)
                _settle()
            elif question == "note":
                answer = jobs[name].note()
            else:
                jobs.pop(name).close()
                answer = None
            pipe.send((True, answer))
        except Exception:
            pipe.send((False, traceback.format_exc(limit=-3)))
        except KeyboardInterrupt:
            return
