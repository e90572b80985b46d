"""A hash of the source files that a device's compiled code depends on: part of the name of every entry in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path


def source_files(*rooms: str) -> list[Path]:
    """Return the files of these rooms, and the mathematical functions that formulas call."""
    package = Path(__file__).parent.parent
    files = [file for room in rooms for file in (package / room).rglob("*.py")]
    return [*sorted(files), package / "mathematics.py"]


def digest_of(files: Sequence[Path]) -> str:
    """Return a hash of the contents of the files."""
    digest = hashlib.sha256()
    for file in files:
        text = file.read_bytes()
        digest.update(f"{file.parent.name}/{file.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()
