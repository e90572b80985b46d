"""The exceptions that fastnn raises. Each class has the exit code of the command line for it.

Every message names the value, what is allowed, and what to do.

Examples
--------
>>> import fastnn
>>> try:
...     fastnn.Network([4, 8, 1], dtype="float16")
... except fastnn.UsageError as error:
...     print(error)
dtype 'float16' is not allowed: it must be one of float32, float64.
>>> error_classes = fastnn.UsageError, fastnn.PluginError, fastnn.Diverged, fastnn.DataError, fastnn.DeviceError
>>> [error_class.exit_code for error_class in error_classes]
[2, 2, 3, 4, 5]
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class FastnnError(Exception):
    """Base class of all errors that fastnn raises. ``exit_code`` is the exit code of the command line."""

    exit_code = 1


class UsageError(FastnnError, ValueError):
    """A name, a parameter, a value or a combination of them is not allowed."""

    exit_code = 2


class PluginError(FastnnError):
    """A plugin cannot be loaded, clashes with another one, or has a formula that cannot be compiled."""

    exit_code = 2


class Diverged(FastnnError, ArithmeticError):
    """The loss became NaN or infinite.

    Parameters
    ----------
    message : str
    result : Result of fastnn.train, or None
        The training up to that point. The network holds its last finite parameters.
    """

    exit_code = 3

    def __init__(self, message: str, result=None):
        super().__init__(message)
        self.result = result


class DataError(FastnnError, ValueError):
    """Input data is missing, cannot be read, or does not fit the network or the loss."""

    exit_code = 4


class ModelError(FastnnError, ValueError):
    """A model file is missing, cannot be read, is truncated, is not from fastnn, or is from a newer version."""

    exit_code = 4


class DeviceError(FastnnError, RuntimeError):
    """The requested device cannot be used on this machine."""

    exit_code = 5


class DataWarning(UserWarning):
    """A remark on data that were used all the same: a column that was left out, a category that was never seen."""


def unknown(what: str, name: object, allowed: Iterable[str]) -> str:
    """Return the message for an unknown name: the name, the most similar allowed name, and all allowed names."""
    allowed = sorted(allowed)
    near = near_name(str(name), allowed)
    suggestion = f" Did you mean {near!r}?" if near else ""
    return f"Unknown {what} {name!r}.{suggestion} Allowed: {abridged(allowed) or 'none'}."


def abridged(names: Sequence[str], limit: int = 40) -> str:
    """Return the names as a list for a message: all of them, or the first ``limit`` and their number."""
    return ", ".join(names[:limit]) + (f" ... ({len(names)} in all)" if len(names) > limit else "")


def near_name(name: str, allowed: Sequence[str]) -> str | None:
    """Return the most similar name: with other capitals, with its letters in another order, or spelled alike."""
    for candidate in allowed:
        if candidate.lower() == name.lower():
            return candidate
    near = difflib.get_close_matches(name, allowed, n=5) or difflib.get_close_matches(name.lower(), allowed, n=5)
    return min(near, key=lambda candidate: sorted(candidate) != sorted(name), default=None)
