"""Where the variables and parameters of a launch lie."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.declarations import Variable
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.flatten import Code
from fastnn.testing.ptx.memory import Memory
from fastnn.testing.ptx.spaces import aligned_no_better
from fastnn.testing.ptx.types import NUMPY

_GAP = 16  # between variables in shared memory; nothing is ever written there, so that reading it is an error


class Layout:
    """Addresses of variables (within their space), the sizes of shared memory and of a thread's own memory."""

    def __init__(self, code: Code, used: set[str], memory: Memory, owner: object, dynamic_shared: int):
        variables = {name: variable for name, variable in code.variables.items() if name in used}
        self.addresses: dict[str, int] = {}
        self.frame_size = self._place(code.frame, 0, 0)
        shared = {name: v for name, v in variables.items() if v.space == "shared"}
        end = self._place({name: v for name, v in shared.items() if not v.unsized}, 0, _GAP)
        dynamic = {name: v for name, v in shared.items() if v.unsized}
        begin = aligned_no_better(end, max((v.align for v in dynamic.values()), default=1)) if dynamic else end
        self.addresses |= dict.fromkeys(dynamic, begin)  # they all lie at the same place
        self.shared_size = begin + dynamic_shared
        device = {name: v for name, v in variables.items() if v.space in ("global", "const")}
        for name, array in memory.variables(owner, device).items():
            self.addresses[name] = array.ptr
        self._parameters: dict[str, bytes] = {}
        self._shared = sorted((self.addresses[name], v.name) for name, v in shared.items())

    def where(self, offset: int) -> str:
        """Describe a place in shared memory by the variable before it."""
        before = [(begin, name) for begin, name in self._shared if begin <= offset]
        begin, name = before[-1] if before else (0, "the begin")
        return f"{name} + {offset - begin} bytes"

    def _place(self, variables: dict[str, Variable], end: int, gap: int) -> int:
        for i, (name, variable) in enumerate(variables.items()):
            self.addresses[name] = aligned_no_better(end + (gap if i else 0), variable.align)
            end = self.addresses[name] + variable.size
        return end

    def pass_parameters(self, declared: list[Variable], values) -> None:
        """Store a launch's parameters as bytes."""
        if len(values) != len(declared):
            raise PTXError(f"the kernel has {len(declared)} parameters, got {len(values)}")
        for variable, value in zip(declared, values, strict=True):
            if isinstance(value, bytes | np.void | np.ndarray):
                data = bytes(value.tobytes() if isinstance(value, np.ndarray | np.void) else value)
            else:
                data = _number(variable, value)
            if len(data) != variable.size:
                raise PTXError(f"parameter {variable.name} has {variable.size} bytes, got {len(data)}")
            self._parameters[variable.name] = data

    def parameter(self, name: str, offset: int, index: int, dtype: str) -> np.ndarray:
        """One element that a kernel loads, as an array of one."""
        size = np.dtype(dtype).itemsize
        begin = offset + index * size
        whole = self._parameters[name]
        data = whole[begin : begin + size]
        if len(data) < size or offset < 0:
            raise PTXError(f"the kernel reads byte {begin} of its parameter {name}, which has {len(whole)}")
        return np.frombuffer(data, dtype)


def _number(variable: Variable, value) -> bytes:
    dtype = NUMPY[variable.type]
    if dtype[0] == "f":
        return np.array(value, dtype).tobytes()
    if isinstance(value, float | np.floating):
        size = np.dtype(dtype).itemsize
        if variable.type[0] == "b" and size >= 4:
            return np.array(value, f"f{size}").tobytes()
        raise PTXError(f"parameter {variable.name} is an integer (.{variable.type}), got {value!r}")
    number = int(value)
    bits = 8 * np.dtype(dtype).itemsize
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise PTXError(f"parameter {variable.name} (.{variable.type}) cannot hold {number}")
    return (number % (1 << bits)).to_bytes(bits // 8, "little")
