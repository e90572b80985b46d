"""Messages name options of the command line; in Python the same settings are keyword arguments."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastnn.errors import DataWarning, FastnnError

_NAMES = "ignore|categorical|numeric|features|target"
_WORDS = r"(?:yes|no|auto|mean|error|drop|point|comma|none|true|false|\d[\d.,:]*\d|\d)\b"
_COLUMNS = re.compile(rf"--({_NAMES}) (?!is |or |and |to )([^:]+?)(?=[.;,)]?(?:$|\n)|[.;,)] | --| \(| reads )")
_VALUE = re.compile(rf"--([a-z][a-z0-9-]*) ({_WORDS})")
_PLUGIN = re.compile(r"--plugin (?:'([^']+)'|([^\s'\"]+\.py))|--plugin(?![\w-])")
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")


def in_python(text: str) -> str:
    """Return a message with options written as keyword arguments.

    >>> in_python("Leave it out: --ignore living area.")
    'Leave it out: ignore="living area".'
    >>> in_python("train with --missing mean, or choose --output-activation.")
    'train with missing="mean", or choose output_activation.'
    >>> in_python("Give its file, --plugin mish.py.")
    'Give its file, fastnn.load_plugin("mish.py").'
    """
    text = _PLUGIN.sub(lambda found: _loading(found[1] or found[2]), text)
    text = _COLUMNS.sub(lambda found: f'{_keyword(found[1])}="{found[2]}"', text)
    text = _VALUE.sub(lambda found: f'{_keyword(found[1])}="{found[2]}"', text)
    return _OPTION.sub(lambda found: _keyword(found[1]), text)


def as_sentence(note: str) -> str:
    """Return a note as a sentence with options written as keyword arguments."""
    return in_python(note) + ("" if note.endswith("...") else ".")


@contextmanager
def python_words() -> Iterator[None]:
    """Write the options in the messages of errors as keyword arguments."""
    try:
        yield
    except FastnnError as error:
        if error.args and isinstance(error.args[0], str):
            error.args = (in_python(error.args[0]), *error.args[1:])
        raise


def _loading(file: str | None) -> str:
    return f'fastnn.load_plugin("{file}")' if file else "fastnn.load_plugin"


def warn(notes: Sequence[str], stacklevel: int) -> None:
    """Give each note as a warning. stacklevel: 1 for the caller of this function, as in warnings.warn."""
    for note in notes:
        warnings.warn(as_sentence(note), DataWarning, stacklevel=stacklevel + 1)


def _keyword(option: str) -> str:
    return option.replace("-", "_")
