"""The collection of code emitters, one for each function of :mod:`fastnn.mathematics`.

Nothing is registered with a compiler here: each device installs the collection in its own compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

COLLECTION: list[Emitter] = []
CHOICES: list[Emitter] = []
"""Those of :mod:`fastnn.formula.choosing`, in the same form."""


@dataclass(frozen=True)
class Emitter:
    """A function of :mod:`fastnn.mathematics`, and ``emit``, which emits its instructions for ``Real`` arguments.

    The compiled function takes and returns float32 if all its arguments are float32, else float64. Integers and
    booleans are converted. boolean: it returns a boolean instead.
    """

    function: Callable
    emit: Callable
    boolean: bool


def emits(function: Callable, boolean: bool = False) -> Callable[[Callable], Callable]:
    """Return a decorator that adds an emitter for ``function`` to the collection."""

    def decorate(emit: Callable) -> Callable:
        COLLECTION.append(Emitter(function, emit, boolean))
        return emit

    return decorate
