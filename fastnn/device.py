"""Device selection.

All code that runs a network gets a :class:`~fastnn.program.Program` from :func:`program` and uses only its methods. To
add a device, add a branch here and a class with the methods of that protocol.
"""

from __future__ import annotations

import numpy as np

from fastnn.checks import require_buffer
from fastnn.errors import DeviceError
from fastnn.limits import DEVICE
from fastnn.plan import Plan
from fastnn.program import Program


def program(plan: Plan, parameters: np.ndarray, device: str = "cpu", threads: int | None = None) -> Program:
    """Return a program that runs the plan on a device.

    Parameters
    ----------
    plan : Plan
    parameters : (plan.size,) array of the plan's dtype, the network's flat buffer. A program for the CPU works on it
        in place; one for another device copies it, and writes it back in snapshot().
    device : 'auto', 'cpu' or 'cuda'.
    threads : int or None, the number of threads. None: all that this process may use.

    Raises
    ------
    UsageError, DeviceError
        If the device does not exist or cannot be used.
    UsageError
        If the parameters cannot be worked on in place: an array that was valid when the network got it can have become
        read-only.
    """
    check_device(device)
    require_buffer(parameters, plan.size, plan.dtype, writeable=plan.optimizer is not None)
    from fastnn.cpu.machine import require_compiler
    from fastnn.cpu.program import CpuProgram

    require_compiler()
    return CpuProgram(plan, parameters, threads)


def thread_count(threads: int | None) -> int:
    """Return the number of threads for the argument ``threads``; None: all that this process may use."""
    from fastnn.cpu.team import team_size

    return team_size(threads)


def check_device(device: str) -> None:
    """Raise UsageError if the device does not exist, DeviceError if it cannot be used on this machine."""
    DEVICE(device, "device")
    if device == "cuda":
        raise DeviceError("The device 'cuda' is not available: this version of fastnn has no CUDA program. Use 'cpu'.")
