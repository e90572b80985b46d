"""What can go wrong, each with the exit code of the command line and a text for the person who must act."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
    near = _near(str(name), allowed) or _near(str(name).lower(), allowed)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return f"Unknown {what} {name!r}.{guess} Allowed: {', '.join(allowed) or 'none'}."


def _near(name: str, allowed: list[str]) -> list[str]:
    """The names most like this one, those with the same letters in another order first."""
    near = difflib.get_close_matches(name, allowed, n=5)
    return sorted(near, key=lambda candidate: sorted(candidate) != sorted(name))
