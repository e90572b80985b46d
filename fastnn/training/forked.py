"""The end of a process that was forked within on_epoch of several trainings."""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn


def end_forked(error: BaseException | None) -> NoReturn:
    """End this process, after on_epoch has returned or raised ``error`` in it.

    A forked process has only the thread that forked, which belongs to a pool. The caller of ``fastnn.train_many`` is
    not there to return to, and the thread would wait for work forever.
    """
    code = 1
    if isinstance(error, SystemExit) and isinstance(error.code, int | None):
        code = error.code or 0
    elif isinstance(error, SystemExit):
        print(error.code, file=sys.stderr)
    elif error is not None:
        traceback.print_exception(error)
    else:
        print(
            "A process that was forked in on_epoch of fastnn.train_many cannot continue the training. End it with "
            "os._exit() after its work.",
            file=sys.stderr,
        )
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code & 0xFF)
