"""Tell the listener, if there is one, that a function is about to be compiled, since that takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listener: Callable[[str], None] | None = None


@contextmanager
def on_compile(listener: Callable[[str], None]) -> Iterator[None]:
    """Within the block, call ``listener`` with the name of each function that is compiled, just before it is."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def announce(name: str) -> None:
    """Tell the listener that the function with this name is about to be compiled."""
    if _listener is not None:
        _listener(name)
