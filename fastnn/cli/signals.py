"""What ends a training from outside: Ctrl-C, a batch system's time limit, a closed terminal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.05  # seconds until an interruption that was swallowed comes again


class Ended(KeyboardInterrupt):
    """A signal came; ``number`` is the signal's."""

    def __init__(self, number: int):
        super().__init__(f"signal {number}")
        self.number = number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within: SIGINT, SIGTERM and SIGHUP raise Ended, and none of them gets lost.

    Python throws away what a signal raises in a callback from C, as the compiler makes them, or in a finalizer; the
    compiler then fails for want of what the callback should have brought, or all goes on as if nothing had come.
    """
    came: list[int] = []
    shown_before = sys.unraisablehook

    def end(number: int, frame: object) -> None:
        came.append(number)
        raise Ended(number)

    def swallowed(what: Any) -> None:
        if isinstance(what.exc_value, Ended):
            timer = threading.Timer(AGAIN, os.kill, (os.getpid(), what.exc_value.number))
            timer.daemon = True
            timer.start()
        else:
            shown_before(what)

    before: dict[str, Any] = {}
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                before[name] = signal.signal(getattr(signal, name), end)
    except ValueError:  # not in the main thread, where no signal comes
        pass
    sys.unraisablehook = swallowed
    try:
        yield
    except Exception as error:
        if came:
            raise Ended(came[-1]) from error
        raise
    finally:
        sys.unraisablehook = shown_before
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
