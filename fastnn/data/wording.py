"""Cells and names from a user's file in messages: shortened, and with control characters escaped."""

from __future__ import annotations

from collections.abc import Sequence

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


def _beginning(text: str) -> str:
    return text[: LONGEST - 1] + "…"
