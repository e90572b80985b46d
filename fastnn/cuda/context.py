"""Arrays and kernels on a device. All launches and all waiting go through here, and are counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda import code
from fastnn.cuda.devices import Device
from fastnn.cuda.kernel import Variant

INTEGERS: dict[str, Any] = {"i8": int, "i4": np.int32, "u8": np.uint64, "u4": np.uint32}


class Array:
    """A flat array on a device."""

    def __init__(self, device: Device, size: int, dtype: Any):
        self._device, self.size, self.dtype = device, size, np.dtype(dtype)
        self.address = device.allocate(self.nbytes)

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.size * self.dtype.itemsize

    def at(self, element: int) -> int:
        """Return the address of an element."""
        return self.address + element * self.dtype.itemsize

    def clear(self) -> Array:
        """Set all elements to zero."""
        if self.size:
            self._device.clear(self.address, self.nbytes)
        return self

    def write(self, numbers: np.ndarray) -> Array:
        """Copy an array of the same size from the host."""
        numbers = np.ascontiguousarray(numbers, self.dtype)
        assert numbers.size == self.size
        if self.size:
            self._device.write(self.address, numbers)
        return self

    def take(self, other: Array) -> None:
        """Copy an array of the same size and dtype on the device. Nobody waits."""
        assert (other.size, other.dtype) == (self.size, self.dtype)
        if self.size:
            self._device.copy(self.address, other.address, self.nbytes)


class Context:
    """A device in use by one program.

    launches, waits: how often a kernel was launched, and how often the host waited for the device.
    """

    def __init__(self, device: Device):
        self.device = device
        self.launches = self.waits = 0
        self._arrays: set[Array] = set()
        self._loaded: dict[tuple[str, str, str], Loaded] = {}

    def array(self, size: int, dtype: Any) -> Array:
        """Return a new array. What it holds is undefined."""
        array = Array(self.device, size, dtype)
        self._arrays.add(array)
        return array

    def copy(self, numbers: np.ndarray, dtype: Any = None) -> Array:
        """Return a new array with these numbers."""
        return self.array(numbers.size, dtype or numbers.dtype).write(numbers)

    def read(self, array: Array) -> np.ndarray:
        """Return a copy of an array on the host. Waits for the device."""
        numbers = np.empty(array.size, array.dtype)
        if array.size:
            self.waits += 1
            self.device.read(array.address, numbers)
        return numbers

    def release(self, array: Array) -> None:
        """Give the memory of an array back."""
        self._arrays.remove(array)
        self.device.release(array.address)

    def kernel(self, variant: Variant) -> Loaded:
        """Return a kernel, ready to be launched. It is compiled, or loaded from the cache, on first use."""
        key = (variant.kernel.name, variant.dtype, variant.key)
        if key not in self._loaded:
            self._loaded[key] = Loaded(self, variant)
        return self._loaded[key]

    def close(self) -> None:
        """Release everything."""
        for array in list(self._arrays):
            self.release(array)
        self._loaded.clear()
        self.device.close()


class Loaded:
    """A kernel on a device. Call it with its arguments by name to launch it."""

    def __init__(self, context: Context, variant: Variant):
        self._context, self._kernel = context, variant.kernel
        device, kernel = context.device, variant.kernel
        capability, exact = code.target(device.capability)
        machine = device.form == "cubin" and exact
        made = code.cubin(variant, capability) if machine else code.ptx(variant, capability).encode()
        self._function = device.load(made, kernel.entry, kernel.most_shared)
        convert = {**INTEGERS, "real": np.dtype(variant.dtype).type}
        self._convert = [(name, convert.get(kind, _address)) for name, kind in variant.kernel.arguments.items()]

    def __call__(self, *, shared: int = 0, **arguments: Any) -> None:
        """Enqueue a launch. A pointer is an Array, an address, or None. shared: bytes of dynamic shared memory."""
        context, kernel = self._context, self._kernel
        values = [convert(arguments[name]) for name, convert in self._convert]
        assert len(arguments) == len(values)
        assert shared <= kernel.most_shared
        context.launches += 1
        grid = kernel.grid(arguments)
        context.device.launch(self._function, grid, kernel.block, values, shared, kernel.cooperative)


def _address(array: Array | int | None) -> int:
    if array is None:
        return 0
    return array.address if isinstance(array, Array) else array
