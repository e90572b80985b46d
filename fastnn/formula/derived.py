"""How derived code calls the derived version of another function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Derived:
    """The function that returns a function's value, or values, each followed by its derivatives for these arguments."""

    function: Any
    active: tuple[str, ...]
