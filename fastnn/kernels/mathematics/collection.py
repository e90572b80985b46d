"""The collection of what emits the instructions of each function of :mod:`fastnn.mathematics`.

Nothing is registered with a compiler here: each device installs the collection in its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

COLLECTION: list[Emitter] = []


@dataclass(frozen=True)
class Emitter:
    """A function of :mod:`fastnn.mathematics` and what emits its instructions, from ``Real`` values to a value.

    The compiled function takes and returns float32 if all its arguments are float32, else float64; integers and
    booleans are converted. ``boolean``: it returns true or false instead.
    """

    function: Callable
    emit: Callable
    boolean: bool


def emits(function: Callable, boolean: bool = False) -> Callable[[Callable], Callable]:
    """Decorator that adds an emitter for ``function`` to the collection."""

    def decorate(emit: Callable) -> Callable:
        COLLECTION.append(Emitter(function, emit, boolean))
        return emit

    return decorate
