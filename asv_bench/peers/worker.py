"""A process for each peer, with an environment of its own, that makes jobs and times them when it is asked to.

Peers need different numbers of threads, which libraries read from the environment when they are loaded; and what
one peer leaves behind (thread pools, memory) must not slow down another. Idle workers wait at a pipe.
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

LOOK = 0.005  # seconds over which a process is looked at
LEFT_TO_THE_LIBRARIES = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "GOTO_", "BLIS_", "XLA_", "JAX_")


@dataclass(frozen=True)
class Peer:
    """A library with a setting. module: in this package, how it is used; package: what has to be installed."""

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
}


def missing(peer: str) -> str:
    """The package that this peer lacks here; empty if none."""
    package = PEERS[peer].package
    needed = ("jax", "optax") if package == "jax" else (package,)
    return next((name for name in needed if importlib.util.find_spec(name) is None), "")


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without the settings that would slow down or speed up a peer."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_TO_THE_LIBRARIES)}
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
    """What a worker could not do, with its traceback as text."""


class Worker:
    """The side that asks."""

    def __init__(self, peer: str):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, PEERS[peer].module), daemon=True)
        with _environment(clean_environment(**PEERS[peer].environment)):
            self._process.start()
        theirs.close()

    def make(self, name: str, function: str, arguments: dict[str, Any]) -> Any:
        """Prepare a job by that function of the peer's module; what it computed, for checking."""
        return self._ask("make", name, function, arguments)

    def seconds(self, name: str, at_least: float) -> float:
        """Seconds a unit of the job takes."""
        return self._ask("seconds", name, at_least)

    def note(self, name: str) -> str:
        """What the job has to say about how it was done."""
        return self._ask("note", name)

    def drop(self, name: str) -> None:
        """Forget the job."""
        self._ask("drop", name)

    @property
    def alive(self) -> bool:
        """Whether the process can still be asked."""
        return self._process.is_alive()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # it reads the end of the pipe, and ends
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
    """Wait until this process is idle: OpenBLAS's threads spin for 0.1 s after their work, on others' cores."""
    until = time.monotonic() + 1.0
    idle = False
    while not idle and time.monotonic() < until:
        before = time.process_time()
        time.sleep(LOOK)
        idle = time.process_time() - before < 0.05 * LOOK


def _serve(pipe: Any, module: str) -> None:
    """The side that answers, until the pipe is closed."""
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
