"""The source of plugins for tests."""

from __future__ import annotations

HEAD = "from fastnn.parts.hookspecs import hookimpl\nfrom fastnn.parts.kinds import Activation, Loss\n"


def plugin_text(name: str, factor: float = 2.0, hook: str = "fastnn_activations", extra: str = "") -> str:
    """A plugin that supplies one activation, y = factor * x."""
    return (
        f"{HEAD}\ndef value(x):\n    return {factor!r} * x\n\ndef derivative(x, y):\n    return {factor!r}\n"
        f"\n@hookimpl\ndef {hook}():\n    return [Activation({name!r}, value, derivative=derivative{extra})]\n"
    )
