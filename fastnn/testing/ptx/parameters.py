"""Parameters as compilers of Python kernels pass them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastnn.testing.ptx.memory import DeviceArray


def numba_params(arguments: Iterable[Any], abi: str = "numba-cuda") -> list[Any]:
    """Flatten arrays and numbers to the parameters of a kernel.

    numba-cuda passes an array as meminfo, parent, number of elements, size of an element, address, shape and strides in
    bytes; numba-cuda-mlir as address, address, 0, shape and strides in elements.
    """
    flat: list[Any] = []
    for argument in arguments:
        if not isinstance(argument, DeviceArray):
            flat.append(argument)
            continue
        item = stride = argument.dtype.itemsize
        strides: list[int] = []
        for size in reversed(argument.shape):
            strides.insert(0, stride)
            stride *= size
        if abi == "numba-cuda":
            flat += [0, 0, argument.size, item, argument.ptr, *argument.shape, *strides]
        else:
            flat += [argument.ptr, argument.ptr, 0, *argument.shape, *(stride // item for stride in strides)]
    return flat
