"""Check parts: activations, losses, initializers and optimizers, those of a plugin or built-in ones.

``fastnn.testing.check(part)`` is a plugin's test in one line.

finding: what a check says. checking: make all checks. for_kinds: the list of them. derivatives, activations, losses,
lecture, optimizers, initializers, code, devices, speed: the checks. kernels, launching: a part's compiled code, called
with arrays. ptx: an emulator of the code for CUDA. ``fastnn.cuda`` uses it too, so the rest is imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["check", "findings"]

if TYPE_CHECKING:
    from fastnn.testing.checking import check, findings


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'fastnn.testing' has no attribute {name!r}")
    return getattr(importlib.import_module("fastnn.testing.checking"), name)
