"""Global memory: arrays between red zones."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from fastnn.testing.ptx.declarations import Variable
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.spaces import GLOBAL_BASE, aligned_no_better
from fastnn.testing.ptx.types import NUMPY, SIZE

_RED_ZONE = 512
GARBAGE = 0xFF  # the bytes of memory that nobody has written: NaN as floats, so that nobody takes them for results


class Memory:
    """A card's global memory of its own. It grows as needed; nothing in it is freed.

    ``bytes`` are its contents and ``known`` says which of them have ever been written.
    """

    def __init__(self, capacity: int = 1 << 20):
        self.bytes = np.zeros(-(-capacity // 16) * 16, np.uint8)
        self.known = np.zeros(self.bytes.size, np.uint8)
        self.begins: list[int] = []
        self.ends: list[int] = []
        self.names: list[str] = []
        self._top = _RED_ZONE
        self._variables: weakref.WeakKeyDictionary[Any, dict[str, DeviceArray]] = weakref.WeakKeyDictionary()

    def array(self, a, name: str | None = None, align: int = 256) -> DeviceArray:
        """A copy of an array, aligned as told and no better."""
        a = np.asarray(a)
        made = self.empty(a.shape, a.dtype, name, align)
        made.assign(a)
        return made

    def empty(self, shape, dtype="float32", name: str | None = None, align: int = 256) -> DeviceArray:
        """An array that a kernel must not read before something is written to it."""
        if align < 1 or align & (align - 1):
            raise PTXError(f"align {align} is not allowed: it must be a power of two")
        shape = (shape,) if np.isscalar(shape) else tuple(shape)
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        begin = aligned_no_better(self._top, align)
        self._top = begin + size + _RED_ZONE
        if self._top > self.bytes.size:
            more = np.zeros(-(-max(self.bytes.size, size + 2 * _RED_ZONE + align) // 16) * 16, np.uint8)
            self.bytes, self.known = np.concatenate([self.bytes, more]), np.concatenate([self.known, more])
        self.begins.append(begin)
        self.ends.append(begin + size)
        self.names.append(name or f"array {len(self.begins)}")
        made = DeviceArray(self, begin, shape, np.dtype(dtype))
        made.forget()
        return made

    def variables(self, owner: Any, declared: dict[str, Variable]) -> dict[str, DeviceArray]:
        """A module's variables in global and constant memory. They live as long as the memory."""
        placed = self._variables.setdefault(owner, {})
        for name, variable in declared.items():
            if name not in placed:
                placed[name] = self.array(_initial(variable), name, max(variable.align, 1))
        return placed

    @property
    def used(self) -> int:
        """The bytes up to the end of the last array, rounded up."""
        return min(-(-self._top // 16) * 16, self.bytes.size)

    @property
    def known_everywhere(self) -> bool:
        """Whether everything in every array has been written."""
        return all(self.known[a:b].all() for a, b in zip(self.begins, self.ends, strict=True))

    def where(self, offset: int) -> str:
        """Describe an offset by the array before it."""
        i = int(np.searchsorted(self.begins, offset, "right")) - 1
        if i < 0:
            return "before the first array"
        return f"{self.names[i]} + {offset - self.begins[i]} bytes (it has {self.ends[i] - self.begins[i]})"


class DeviceArray:
    """An array in a `Memory`. ``ptr`` is its address, ``numpy()`` a copy of its contents."""

    def __init__(self, memory: Memory, offset: int, shape: tuple[int, ...], dtype: np.dtype):
        self.memory, self.offset, self.shape, self.dtype = memory, offset, shape, dtype
        self.ptr = GLOBAL_BASE + offset
        self.size = int(np.prod(shape, dtype=np.int64))
        self.nbytes = self.size * dtype.itemsize

    def numpy(self) -> np.ndarray:
        return self._part(self.memory.bytes).view(self.dtype).reshape(self.shape)

    def assign(self, a) -> None:
        """Copy an array, or one number everywhere, from the host."""
        values = np.ascontiguousarray(np.broadcast_to(np.asarray(a, self.dtype), self.shape))
        self.memory.bytes[self.offset : self.offset + self.nbytes] = values.reshape(-1).view(np.uint8)
        self.memory.known[self.offset : self.offset + self.nbytes] = 1

    def forget(self) -> None:
        """Overwrite the array with garbage; reading it before it is written again is an error from now on."""
        self.memory.bytes[self.offset : self.offset + self.nbytes] = GARBAGE
        self.memory.known[self.offset : self.offset + self.nbytes] = 0

    def _part(self, bytes_: np.ndarray) -> np.ndarray:
        return bytes_[self.offset : self.offset + self.nbytes].copy()


def _initial(variable: Variable) -> np.ndarray:
    """A variable's initial values; zeros where it names none."""
    values = np.zeros(max(1, variable.size // SIZE[variable.type]), NUMPY[variable.type])
    for i, text in enumerate(filter(None, (part.strip() for part in variable.initial.strip("{} ").split(",")))):
        try:
            if text[:2].lower() in ("0f", "0d") and variable.type[0] == "f":
                width = 4 if text[1].lower() == "f" else 8
                values[i] = np.array([int(text[2:], 16)], f"u{width}").view(f"f{width}")[0]
            elif variable.type[0] == "f":
                values[i] = float(text)
            else:
                bits = int(text.rstrip("U"), 0) % (1 << 8 * values.itemsize)
                values[i] = np.array(bits, f"u{values.itemsize}").view(values.dtype)
        except ValueError as error:
            raise PTXError(f"the initial value {text!r} of {variable.name} is not supported") from error
    return values
