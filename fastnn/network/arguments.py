"""Check the arguments of Network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnn.errors import UsageError


def parameter_bytes(sizes: Sequence[int], dtype: str) -> int:
    """Return the bytes of the weights and biases of a network."""
    return sum((a + 1) * b for a, b in itertools.pairwise(sizes)) * (8 if dtype == "float64" else 4)


def checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes as a tuple of int. Raises UsageError."""
    try:
        sizes = tuple(sizes)
        checked = tuple(int(s) for s in sizes)
        are_whole = all(int(s) == s and not isinstance(s, bool) for s in sizes)
    except (TypeError, ValueError, OverflowError):
        checked, are_whole = (), False
    if not are_whole or len(checked) < 2 or min(checked) < 1:
        raise UsageError(
            f"sizes = {sizes!r} is not allowed: it must be at least two integers above 0, inputs first and outputs "
            "last, such as [784, 128, 10]."
        )
    return checked


def dtype_name(dtype: Any) -> str:
    """Return the name of a dtype given in any form. For anything else, return text for an error message."""
    try:
        return str(dtype) if dtype is None else np.dtype(dtype).name
    except (TypeError, ValueError):
        return str(dtype)


def per_hidden_layer(activation: Any, hidden: int, name: str = "activation") -> list[Any]:
    """Return a list with one activation per hidden layer. Raises UsageError."""
    if not isinstance(activation, (list, tuple)):
        return [activation] * hidden
    if len(activation) != hidden:
        raise UsageError(
            f"{name}: {len(activation)} activations for {hidden} hidden layers; give one for all of them, or one per "
            "hidden layer."
        )
    return list(activation)
