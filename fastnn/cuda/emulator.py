"""The emulator in the place of a GPU: the same methods as :class:`fastnn.cuda.driver.Driver`.

FASTNN_CUDA=emulator chooses it. It is thousands of times slower. It executes the PTX and checks every access: its
bounds, races, and whether somebody wrote before what is read.
"""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnn.cuda.driver import SHARED_BY_DEFAULT
from fastnn.errors import DeviceError
from fastnn.testing.ptx import DeviceArray, Memory, Module

CAPABILITY = (8, 0)


@functools.lru_cache(maxsize=256)
def _module(code: bytes) -> Module:
    """Return a PTX text as the emulator executes it: translating it takes longer than a small launch."""
    return Module(code.decode())


class Emulator:
    """A card that executes blocks one after another, and ``name`` says so."""

    form = "ptx"
    name = "emulator of CUDA (no GPU)"
    capability = CAPABILITY
    multiprocessors = 16
    schedule, seed = "lockstep", 0  # the order in which warps and blocks run: see fastnn.testing.ptx

    def __init__(self, number: int = 0):
        if number != 0:
            raise DeviceError(f"There is no GPU with the number {number}: the emulator has one, counted from 0.")
        self._memory = Memory()
        self._arrays: dict[int, DeviceArray] = {}
        self._shared: dict[Any, int] = {}  # by kernel: how much its launches may ask for
        self._released: dict[int, list[DeviceArray]] = defaultdict(list)  # by size: the emulator frees nothing itself

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory. Reading it before it is written is an error."""
        released = self._released[nbytes]
        array = released.pop() if released else self._memory.empty(max(nbytes, 1), "uint8")
        array.forget()
        self._arrays[array.ptr] = array
        return array.ptr

    def release(self, address: int) -> None:
        """Give memory back."""
        array = self._arrays.pop(address)
        self._released[array.nbytes].append(array)

    def write(self, address: int, numbers: np.ndarray) -> None:
        """Copy a C-contiguous array to the device."""
        self._arrays[address].assign(numbers.reshape(-1).view(np.uint8))

    def read(self, address: int, numbers: np.ndarray) -> None:
        """Fill a C-contiguous array from the device."""
        numbers.reshape(-1).view(np.uint8)[:] = self._arrays[address].numpy()

    def clear(self, address: int, nbytes: int) -> None:
        """Set an array to zero."""
        self._arrays[address].assign(0)

    def copy(self, target: int, source: int, nbytes: int) -> None:
        """Copy an array on the device."""
        self._arrays[target].assign(self._arrays[source].numpy())

    def load(self, code: bytes, name: str, shared: int = 0) -> Any:
        """Return a kernel of a PTX text by name. shared: the dynamic shared memory of its launches, in bytes."""
        kernel = _module(code)[name]
        self._shared[kernel] = max(shared, SHARED_BY_DEFAULT)
        return kernel

    def launch(
        self, kernel: Any, grid: tuple[int, int], block: tuple[int, int], arguments: Sequence[Any], shared: int = 0,
        cooperative: bool = False,
    ) -> None:  # fmt: skip
        """Execute a launch. As on a GPU, more shared memory than the kernel was loaded with is refused."""
        if shared > self._shared[kernel]:
            raise DeviceError(
                f"A launch asked for {shared} bytes of shared memory, not at most {self._shared[kernel]}."
            )
        kernel.launch(
            grid, block, list(arguments), self._memory, dyn_shared=shared, cooperative=cooperative,
            schedule=self.schedule, seed=self.seed,
        )  # fmt: skip

    def record(self) -> float:
        """Return an event."""
        return time.perf_counter()

    def seconds(self, begin: float, end: float) -> float:
        """Return the time between two events, on the computer that emulates."""
        return end - begin

    def synchronize(self) -> None:
        """Nothing to wait for: a launch returns when it is done."""

    def close(self) -> None:
        """Forget the memory."""
        self._arrays.clear()
