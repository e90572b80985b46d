"""The device seam: the one place that chooses a device.

Everything that runs a network asks :func:`program` for a :class:`~fastnn.program.Program` and talks to nothing else.
A further device is one more branch here, and a class with that protocol's methods.
"""

from __future__ import annotations

import numpy as np

from fastnn.checks import require_buffer
from fastnn.errors import DeviceError, UsageError, unknown
from fastnn.plan import Plan
from fastnn.program import Program

DEVICES = ("auto", "cpu", "cuda")


def program(plan: Plan, parameters: np.ndarray, device: str = "cpu", threads: int | None = None) -> Program:
    """Prepare a plan for a device.

    parameters: the network's flat buffer. A program on the CPU works on it in place; one on another device starts
    from it and writes it back in snapshot(). threads: None for all that the process may use.

    Raises UsageError or DeviceError for a device that cannot be used, and UsageError for parameters that cannot: an
    array that was good when the network got it can have become short or read-only.
    """
    check_device(device)
    require_buffer(parameters, plan.size, plan.dtype, writeable=plan.optimizer is not None)
    from fastnn.cpu.machine import require_compiler
    from fastnn.cpu.program import CpuProgram

    require_compiler()
    return CpuProgram(plan, parameters, threads)


def check_device(device: str) -> None:
    """Raise UsageError for a device that does not exist, DeviceError for one that cannot be used here."""
    if device not in DEVICES:
        raise UsageError(unknown("device", device, DEVICES))
    if device == "cuda":
        raise DeviceError("The device 'cuda' is not available: this version of fastnn has no CUDA program. Use 'cpu'.")
