"""Launch one kernel of CUDA with NumPy arrays: on a GPU, or in the emulator."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda.context import Context
from fastnn.cuda.devices import Device
from fastnn.cuda.kernel import Variant

POINTERS: dict[str, Any] = {"i4*": np.int32, "i8*": np.int64, "u1*": np.uint8}


def launch(device: Device, variant: Variant, shared: int = 0, **arguments: Any) -> dict[str, np.ndarray]:
    """Launch a kernel, and return what its arrays then hold. An argument that is not given is 0, or null.

    Arrays are given as arrays, or as a number of elements that nothing has been written to yet.
    """
    context, arrays = Context(device), {}
    given: dict[str, Any] = {}
    for name, kind in variant.kernel.arguments.items():
        value = arguments.pop(name, None)
        if kind.endswith("*") and value is not None:
            dtype = POINTERS.get(kind, variant.dtype)
            empty = isinstance(value, int)
            arrays[name] = context.array(value, dtype) if empty else context.copy(np.ravel(value), dtype)
            given[name] = arrays[name]
        else:
            given[name] = value if kind.endswith("*") else value or 0
    assert not arguments
    context.kernel(variant)(shared=shared, **given)
    found = {name: context.read(array) for name, array in arrays.items()}
    context.close()
    return found
