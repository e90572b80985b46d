"""A real GPU: memory, copies, launches, events and errors. This file holds all that only a driver can execute.

Work is put on one stream in order; only ``read`` and ``synchronize`` wait for it. Every other file of this room also
runs on the emulator, which has the same methods.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from fastnn.errors import DeviceError

SHARED_BY_DEFAULT = 48 * 1024  # bytes of shared memory that a kernel may use without asking


class Driver:
    """The GPU with a number, as CUDA_VISIBLE_DEVICES orders them."""

    form = "cubin"

    def __init__(self, number: int):
        from cuda.core import Device

        self._device = Device(number)
        self._device.set_current()
        self._stream = self._device.create_stream()
        self.name: str = self._device.name
        capability = self._device.compute_capability
        self.multiprocessors = int(self._device.properties.multiprocessor_count)
        self.capability = (int(capability.major), int(capability.minor))

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory. What it holds is undefined."""
        status, *result = _driver().cuMemAlloc(max(nbytes, 1))
        if status == _driver().CUresult.CUDA_ERROR_OUT_OF_MEMORY:
            free, total = _check(_driver().cuMemGetInfo())
            raise DeviceError(
                f"{self.name} is out of memory: {_mib(nbytes)} more are needed, {_mib(free)} of {_mib(total)} are free."
            )
        _check((status,))
        return int(result[0])

    def release(self, address: int) -> None:
        """Give memory back, when the work so far is done."""
        _check(_driver().cuMemFree(address))

    def write(self, address: int, numbers: np.ndarray) -> None:
        """Copy a C-contiguous array to the device. It may be changed afterwards."""
        _check(_driver().cuMemcpyHtoDAsync(address, numbers.ctypes.data, numbers.nbytes, self._stream.handle))

    def read(self, address: int, numbers: np.ndarray) -> None:
        """Fill a C-contiguous array from the device, when the work so far is done."""
        _check(_driver().cuMemcpyDtoHAsync(numbers.ctypes.data, address, numbers.nbytes, self._stream.handle))
        self.synchronize()

    def clear(self, address: int, nbytes: int) -> None:
        """Set memory to zero."""
        _check(_driver().cuMemsetD8Async(address, 0, nbytes, self._stream.handle))

    def copy(self, target: int, source: int, nbytes: int) -> None:
        """Copy memory on the device."""
        _check(_driver().cuMemcpyDtoDAsync(target, source, nbytes, self._stream.handle))

    def load(self, code: bytes, name: str, shared: int = 0) -> Any:
        """Return a kernel of a cubin, or of PTX, by name. shared: the dynamic shared memory of a launch, in bytes."""
        from cuda.core import ObjectCode

        read = ObjectCode.from_cubin if code.startswith(b"\x7fELF") else ObjectCode.from_ptx
        try:
            kernel = read(code).get_kernel(name)
        except Exception as error:  # cuda.core has no public class for the driver's errors
            raise DeviceError(f"{self.name} refused the kernel {name}: {error}") from error
        if shared > SHARED_BY_DEFAULT:
            attribute = _driver().CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
            _check(_driver().cuKernelSetAttribute(attribute, shared, kernel.handle, self._device.device_id))
        return kernel

    def launch(
        self, kernel: Any, grid: tuple[int, int], block: tuple[int, int], arguments: Sequence[Any], shared: int = 0,
        cooperative: bool = False,
    ) -> None:  # fmt: skip
        """Enqueue a launch. cooperative: all blocks run at once and can meet; refused if the card has no room."""
        from cuda.core import LaunchConfig, launch

        config = LaunchConfig(grid=grid, block=block, shmem_size=shared, is_cooperative=cooperative)
        try:
            launch(self._stream, config, kernel, *arguments)
        except Exception as error:
            raise DeviceError(f"{self.name} refused a launch of {grid} blocks: {error}") from error

    def record(self) -> Any:
        """Return an event: a point in the stream of work."""
        from cuda.core import EventOptions

        return self._stream.record(options=EventOptions(timing_enabled=True))

    def seconds(self, begin: Any, end: Any) -> float:
        """Return the time between two events. Waits for the second one."""
        end.sync()
        return float(end - begin) / 1e3

    def synchronize(self) -> None:
        """Wait until all work is done."""
        _check(_driver().cuStreamSynchronize(self._stream.handle))

    def close(self) -> None:
        """Release the stream."""
        self._stream.close()


def available() -> int:
    """Return how many GPUs there are. Raise DeviceError if there is no usable driver."""
    try:
        status, found = _driver().cuDriverGetVersion()
    except RuntimeError as error:
        raise DeviceError("No NVIDIA driver is installed: libcuda was not found.") from error
    needed = int(version("cuda-bindings").split(".")[0])
    if found // 1000 < needed:
        raise DeviceError(f"The NVIDIA driver is too old: it supports CUDA {found // 1000}, not CUDA {needed}.")
    _check((status,))
    (status,) = _driver().cuInit(0)
    if status == _driver().CUresult.CUDA_ERROR_NO_DEVICE:
        return 0
    _check((status,))
    return int(_check(_driver().cuDeviceGetCount())[0])


@functools.cache
def _driver() -> Any:
    from cuda.bindings import driver

    return driver


def _check(result: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a call of the driver, without its status. Raise DeviceError if it failed."""
    status, *values = result
    if status != _driver().CUresult.CUDA_SUCCESS:
        raise DeviceError(f"The NVIDIA driver reported {status.name}. fastnn doctor says more about the GPU.")
    return values


def _mib(nbytes: int) -> str:
    return f"{nbytes / 2**20:,.1f} MiB"
