"""Which texts mean the same category or class: equal texts, and one number in several spellings.

Spreadsheets and libraries write one number in many ways: 1, 1.0, 1.00. A leading zero is different: 01 and 1 can be two
codes, so they are only matched if no other label has the same number. Other texts, such as True, are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_PADDED = re.compile(r"[+-]?0\d")


def places(labels: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Return the place of each text among the labels, -1 if it matches none or several of them."""
    exact = {label: i for i, label in enumerate(labels)}
    found = np.array([exact.get(text, -1) for text in texts], np.int64)
    unknown = np.flatnonzero(found < 0)
    if not len(unknown):
        return found
    by_number: dict[Decimal, list[str]] = {}
    for label in labels:
        if (number := _number(label)) is not None:
            by_number.setdefault(number, []).append(label)
    if not by_number:
        return found
    for i in unknown.tolist():
        number = _number(texts[i])
        same = [] if number is None else by_number.get(number, [])
        if len(same) > 1 and not _padded(texts[i]):
            same = [label for label in same if not _padded(label)]
        if len(same) == 1:
            found[i] = exact[same[0]]
    return found


def respelled(labels: Sequence[str], texts: Sequence[str], found: np.ndarray) -> np.ndarray:
    """Return which texts match a label that is written otherwise. found: the places of the texts."""
    return np.array([at >= 0 and labels[at] != text for at, text in zip(found.tolist(), texts, strict=True)], bool)


def are_numbers(texts: Sequence[str]) -> bool:
    """Return whether all texts are numbers, such as 007."""
    return all(_number(text) is not None for text in texts)


def merged(labels: Sequence[str], counts: Sequence[int]) -> tuple[str, ...]:
    """Return the labels without further spellings of one number; the most frequent spelling stays.

    Labels that differ in leading zeros are all kept.
    """
    chosen: dict[Decimal, tuple[int, str]] = {}
    others: set[str] = set()
    for label, count in zip(labels, counts, strict=True):
        number = None if _padded(label) else _number(label)
        if number is None:
            continue
        if number not in chosen:
            chosen[number] = (count, label)
        elif count > chosen[number][0]:
            others.add(chosen[number][1])
            chosen[number] = (count, label)
        else:
            others.add(label)
    return tuple(label for label in labels if label not in others)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _padded(text: str) -> bool:
    return _PADDED.match(text) is not None
