"""What the choices of the recipe depend on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """rows: those to train and to validate on. numbers, categories: columns; labels: of all categories together.

    task: "regression" or "classification". classes: their number; 0 for a regression, and for several targets.
    """

    rows: int
    numbers: int
    categories: int
    labels: int
    task: str
    classes: int = 0
