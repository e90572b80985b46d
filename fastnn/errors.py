"""What can go wrong, each with the exit code of the command line and a text for the person who must act."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class FastnnError(Exception):
    """Base of all errors that fastnn raises on purpose; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(FastnnError, ValueError):
    """A name, parameter, value or combination that is not allowed."""

    exit_code = 2


class PluginError(FastnnError):
    """A plugin that cannot be loaded, clashes with another, or supplies a formula that cannot be compiled."""

    exit_code = 2


class Diverged(FastnnError, ArithmeticError):
    """The loss became NaN or infinite. The network holds its last good parameters; ``result`` is the run so far."""

    exit_code = 3

    def __init__(self, message: str, result=None):
        super().__init__(message)
        self.result = result


class DataError(FastnnError, ValueError):
    """Input data that is absent, unreadable, or does not fit the network or the loss."""

    exit_code = 4


class ModelError(FastnnError, ValueError):
    """A model file that is absent, unreadable, foreign, truncated or too new."""

    exit_code = 4


class DeviceError(FastnnError, RuntimeError):
    """The device that was asked for cannot be used here."""

    exit_code = 5


def unknown(what: str, name: object, allowed: Iterable[str]) -> str:
    """The sentence for a name that does not exist: the name, the nearest ones, and all that are allowed."""
    allowed = sorted(allowed)
    near = near_name(str(name), allowed)
    guess = f" Did you mean {near!r}?" if near else ""
    return f"Unknown {what} {name!r}.{guess} Allowed: {abridged(allowed) or 'none'}."


def abridged(names: Sequence[str], most: int = 40) -> str:
    """Names for a message: all, or the first of them and how many there are."""
    return ", ".join(names[:most]) + (f" ... ({len(names)} in all)" if len(names) > most else "")


def near_name(name: str, allowed: Sequence[str]) -> str | None:
    """The name most like this one: in other capitals, with the same letters in another order, or spelt nearly so."""
    for candidate in allowed:
        if candidate.lower() == name.lower():
            return candidate
    near = difflib.get_close_matches(name, allowed, n=5) or difflib.get_close_matches(name.lower(), allowed, n=5)
    return min(near, key=lambda candidate: sorted(candidate) != sorted(name), default=None)
