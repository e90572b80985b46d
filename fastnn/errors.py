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
    """A remark on data, or a model, that were used all the same: a column that was left out, a category that was never
    seen, a plugin with the same formula but another version."""


def unknown(what: str, name: object, allowed: Iterable[str]) -> str:
    """Return the message for an unknown name: the name, the most similar allowed name, and all allowed names."""
    allowed = sorted(allowed)
    near = near_name(str(name), allowed)
    suggestion = f" Did you mean {near!r}?" if near else ""
    return f"Unknown {what} {name!r}.{suggestion} Allowed: {abridged(allowed) or 'none'}."


def abridged(names: Sequence[str], limit: int = 40) -> str:
    """Return the names as a list for a message: all of them, or the first ``limit`` and their number."""
    return ", ".join(names[:limit]) + (f" ... ({len(names)} in all)" if len(names) > limit else "")


LONGEST_GUESS, MOST_GUESSES = 100, 5000  # letters, and names: comparing takes milliseconds, also for a wide table


def near_name(name: str, allowed: Sequence[str]) -> str | None:
    """Return the name that was probably meant, or None.

    That is the one with the fewest mistyped letters, at most a third of them. Capitals do not matter. Of several, one
    with the same letters is preferred, then one with the same first letter, then the first. If there is none, it is the
    only name that continues ``name``, or that ``name`` continues.
    """
    meant = name.lower()
    for candidate in allowed:
        if candidate.lower() == meant:
            return candidate
    if len(meant) > LONGEST_GUESS:
        return None
    longest = [max(len(meant), len(candidate)) for candidate in allowed]
    limits = [min(max(1, n // 3), n - 1) for n in longest]  # two names that share no letter are not near
    alike = [(c, n) for c, n in zip(allowed, limits, strict=True) if abs(len(c) - len(meant)) <= n]
    found = []
    for candidate, limit in alike[:MOST_GUESSES]:
        other = candidate.lower()
        if (distance := _distance(meant, other)) <= limit:
            found.append((distance, sorted(other) != sorted(meant), other[:1] != meant[:1], candidate))
    if found:
        return min(found, key=lambda item: item[:3])[3]
    pairs = ((c.lower(), c) for c in allowed)
    begun = [
        c for low, c in pairs if min(len(low), len(meant)) > 2 and (low.startswith(meant) or meant.startswith(low))
    ]
    return begun[0] if len(begun) == 1 else None


def _distance(a: str, b: str) -> int:
    """Return how many letters must be inserted, deleted, changed or swapped with their neighbor to turn a into b."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a):
        earlier, before, row = before, row, [i + 1]
        for j, other in enumerate(b):
            row.append(min(before[j + 1] + 1, row[j] + 1, before[j] + (letter != other)))
            if i and j and letter == b[j - 1] and other == a[i - 1]:
                row[-1] = min(row[-1], earlier[j - 1] + 1)
    return row[-1]
