"""Device selection.

All code that runs a network gets a :class:`~fastnn.program.Program` from :func:`program` and uses only its methods. To
add a device, add a branch here and a class with the methods of that protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn import cost
from fastnn.checks import require_buffer
from fastnn.errors import DeviceError, UsageError
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
    device : 'cpu', 'cuda', or 'cuda:1' for the GPU with the number 1. 'auto' is the CPU here: see choose().
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
    number = cuda_number(device)
    if number is not None:
        from fastnn.cuda.program import CudaProgram

        return CudaProgram(plan, parameters, number)
    from fastnn.cpu.machine import require_compiler
    from fastnn.cpu.program import CpuProgram

    require_compiler()
    return CpuProgram(plan, parameters, threads)


def forward_pass(plan: Plan) -> Callable[[Any, np.ndarray], np.ndarray | None]:
    """Return forward(X, parameters) for a few rows on the CPU, which returns None for what it is not made for."""
    from fastnn.cpu.forward_pass import ForwardPass

    return ForwardPass(plan)


def thread_count(threads: int | None) -> int:
    """Return the number of threads for the argument ``threads``; None: all that this process may use."""
    from fastnn.cpu.team import team_size

    return team_size(threads)


def check_device(device: str) -> None:
    """Raise UsageError if the device does not exist, DeviceError if it cannot be used on this machine."""
    number = cuda_number(DEVICE(device, "device"))
    if number is not None:
        from fastnn.cuda.devices import check

        check(number)


def choose(device: str, plan: Plan, samples: int, threads: int | None = None) -> tuple[str, str | None]:
    """Return (the device for a training, what a user should know about it or None). 'auto' becomes 'cpu' or 'cuda'.

    plan: of the training. samples: how many rows there are to train on.
    """
    if device != "auto":
        return device, device_note(device)
    from fastnn.cuda.devices import backend, check, missing

    if backend() == "emulator":
        return "cpu", "device auto: the CPU is used, because FASTNN_CUDA=emulator, and the emulator is never chosen"
    try:
        check(0)
    except DeviceError as error:
        return "cpu", f"device auto: the CPU is used, because there is no usable GPU. {missing(error)}"
    from fastnn.cuda.resident import estimate

    batch = min(plan.batch_size or samples, samples)
    cpu, gpu = cost.step_on_cpu(plan.sizes, batch, plan.dtype, thread_count(threads)), estimate(plan, batch)
    chosen, name = ("cuda", "the GPU") if cost.gpu_wins(cpu, gpu) else ("cpu", "the CPU")
    return chosen, (
        f"device auto: {name} is used. Estimated for a step: {cpu * 1e6:,.0f} µs on the CPU, "
        f"{gpu * 1e6:,.0f} µs on a GPU, which must be {cost.CLEARLY:g} times faster to be chosen"
    )


def device_note(device: str) -> str | None:
    """Return what a user should know about the device, or None."""
    if cuda_number(device) is not None:
        from fastnn.cuda.devices import backend

        if backend() == "emulator":
            return f"device {device}: the emulator is used instead of a GPU, since FASTNN_CUDA=emulator"
    return None


def on_the_cpu(device: str, what: str) -> None:
    """Raise UsageError if the device is not the CPU, for ``what`` is computed nowhere else."""
    if cuda_number(DEVICE(device, "device")) is not None:
        raise UsageError(f"{what} is computed on the CPU: leave out the device.")


def cuda_number(device: str) -> int | None:
    """Return the number of the GPU, or None if the device is not one. 'auto' is none before a choice."""
    kind, _, number = device.partition(":")
    return int(number or 0) if kind == "cuda" else None
