"""What a check finds. A check is a function of a part: it returns what it found, or raises one of these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    passed: None if it could not be made, or is no judgment. reason: one line of what was found, or of what is wrong.
    """

    check: str
    passed: bool | None
    reason: str

    def __str__(self) -> str:
        return f"{self.check}: {self.reason}"


class Failed(Exception):
    """The part is wrong. The message is the reason, with the point and the values."""


class NotJudged(Exception):
    """The check cannot be made here, or what it found is neither right nor wrong. The message says why."""
