"""The one exception of the emulator."""

from __future__ import annotations

from fastnn.errors import FastnnError


class PTXError(FastnnError, RuntimeError):
    """PTX that is not supported, a launch that is not allowed, or an error that a kernel made when it ran."""
