"""Signals that end training: Ctrl-C, the time limit of a batch system, a closed terminal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

RESEND_SECONDS = 0.05  # delay until a signal whose exception was lost is sent again


class Ended(KeyboardInterrupt):
    """The process received the signal ``number``."""

    def __init__(self, number: int):
        super().__init__(f"signal {number}")
        self.number = number


def _is_for_nohup(name: str) -> bool:
    """Return whether this is SIGHUP and is ignored, as under nohup: training then outlives its terminal."""
    return name == "SIGHUP" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Return a context in which SIGINT, SIGTERM and SIGHUP raise Ended, and in which no such exception is lost.

    Under nohup SIGHUP stays ignored.
    Python discards exceptions that a signal raises in a finalizer or in a callback from C, such as the compiler uses.
    Then the program continues as if there was no signal, or the compiler fails because the callback returned nothing.
    """
    received: list[int] = []
    previous_hook = sys.unraisablehook

    def end(number: int, frame: object) -> None:
        received.append(number)
        raise Ended(number)

    def resend(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, Ended):
            timer = threading.Timer(RESEND_SECONDS, os.kill, (os.getpid(), unraisable.exc_value.number))
            timer.daemon = True
            timer.start()
        else:
            previous_hook(unraisable)

    previous_handlers: dict[str, Any] = {}
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and not _is_for_nohup(name):
                previous_handlers[name] = signal.signal(getattr(signal, name), end)
    except ValueError:  # not the main thread: it does not receive signals
        pass
    sys.unraisablehook = resend
    try:
        yield
    except Exception as error:
        if received:
            raise Ended(received[-1]) from error
        raise
    finally:
        sys.unraisablehook = previous_hook
        for name, handler in previous_handlers.items():
            signal.signal(getattr(signal, name), handler)
