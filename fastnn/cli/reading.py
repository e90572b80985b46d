"""Say that a large file is being read, which takes seconds during which nothing else is shown."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastnn.cli.phrases import printable

LARGE = 10_000_000  # bytes; smaller files are read in a moment


class Reading:
    """A line on stderr, which disappears again in a terminal."""

    def __init__(self) -> None:
        self._is_shown = False

    def begin(self, name: str, size: int) -> None:
        """Say that the file is being read, if it has more than LARGE bytes."""
        self.end()
        if size <= LARGE:
            return
        much = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
        text = printable(f"reading {os.path.basename(name)} ({much}) ...")
        if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            self._is_shown = True
            _print(text[: shutil.get_terminal_size().columns - 1], "")
        else:
            _print(text)

    def end(self) -> None:
        """Erase the line, before something else is printed."""
        if self._is_shown:
            self._is_shown = False
            _print("\r\x1b[K", "")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Return a context in which the file is read."""
    line = Reading()
    if os.path.isfile(name):
        line.begin(name, os.path.getsize(name))
    try:
        yield
    finally:
        line.end()


def _print(text: str, end: str = "\n") -> None:
    with suppress(OSError):  # nobody reads it
        print(text, end=end, file=sys.stderr, flush=True)
