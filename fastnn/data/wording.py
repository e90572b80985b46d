"""Cells and names from a user's file in messages: shortened, and with control characters escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LONGEST = 60  # characters of a cell or a name that a message shows


def quoted(text: str) -> str:
    """Return the text in quotation marks, shortened."""
    return repr(text) if len(text) <= LONGEST else f"{_beginning(text)!r} ({len(text):,} characters)"


def bare(text: str) -> str:
    """Return the text without quotation marks, for lists and for command-line options."""
    shown = text if len(text) <= LONGEST else f"{_beginning(text)} ({len(text):,} characters)"
    return shown if shown.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def listed(texts: Sequence[str], most: int) -> str:
    """Return the first texts, and dots if there are more."""
    return ", ".join(map(bare, texts[:most])) + (" ..." if len(texts) > most else "")


def grouped(columns: Mapping[str, str], one: str, several: str) -> str:
    """Return "column 'a' ...", with what is said of it in the place of {}, or "2 columns ... (a (...), b (...))"."""
    pairs = [(name, bare(about)) for name, about in columns.items()]
    if len(pairs) == 1:
        return f"column {quoted(pairs[0][0])} {one.format(pairs[0][1])}"
    shown = ", ".join(f"{bare(name)} ({about})" for name, about in pairs[:3])
    return f"{len(pairs)} columns {several} ({shown}{' ...' if len(pairs) > 3 else ''})"


def _beginning(text: str) -> str:
    return text[: LONGEST - 1] + "…"
