"""Loads, stores and atomic operations of the lanes that run together, with all their checks."""

from __future__ import annotations

import bisect
from collections.abc import Callable

import numpy as np

from fastnn.testing.ptx.checks import Checks, mark
from fastnn.testing.ptx.layout import Layout
from fastnn.testing.ptx.memory import GARBAGE, Memory
from fastnn.testing.ptx.profile import Profile
from fastnn.testing.ptx.races import ANY, Hazard, block_and_thread
from fastnn.testing.ptx.spaces import GLOBAL_BASE, WINDOWS
from fastnn.testing.ptx.threads import Threads

_WIDE = {8: "u8", 16: "c16"}  # a type of NumPy that holds a whole vector: one look-up instead of several
_GENERIC = (("shared", WINDOWS["shared"], WINDOWS["local"]), ("local", WINDOWS["local"], GLOBAL_BASE))
_UPDATE: dict[str, Callable] = {
    "add": lambda old, value: old + value,
    "min": min,
    "max": max,
    "exch": lambda old, value: value,
    "and": lambda old, value: old & value,
    "or": lambda old, value: old | value,
    "xor": lambda old, value: old ^ value,
    "inc": lambda old, value: old * 0 if old >= value else old + old.dtype.type(1),
    "dec": lambda old, value: value if old == 0 or old > value else old - old.dtype.type(1),
    "cas": lambda old, compare, value: value if old == compare else old,
}


class Access:
    """The memories of a launch as its lanes see them. ``codes`` says who accesses, where that is checked.

    ``fail(message, instruction)`` raises the error; ``line`` gives the text of an instruction.
    """

    def __init__(self, threads: Threads, memory: Memory, layout: Layout, fail, line):
        self.threads, self.memory, self.layout, self.fail, self.line = threads, memory, layout, fail, line
        sizes = layout.shared_size, layout.frame_size
        self.shared_row, self.local_row = (max(16, -(-size // 16) * 16) for size in sizes)
        self.shared = np.full((int(threads.block[-1]) + 1) * self.shared_row, GARBAGE, np.uint8)
        self.local = np.zeros(threads.count * self.local_row, np.uint8)
        self.checks: dict[str, Checks] = {}
        self.codes = np.zeros(0, np.int64)
        self.profile: Profile | None = None
        self.order: np.random.Generator | None = None  # of atomic operations; the lanes' own if None
        self._lanes = np.arange(threads.count)
        self._shared_base = threads.block.astype(np.int64) * self.shared_row
        self._local_base = self._lanes * self.local_row

    def load(self, space: str, address, targets, dtype: str, mask, at: int) -> None:
        width = np.dtype(dtype).itemsize
        size = width * len(targets)
        lanes, space, offsets = self._resolve(space, address, size, mask, at)
        if not lanes.size:
            return
        if space in self.checks:
            self.checks[space].read(offsets, size, self.codes if mask is None else self.codes[lanes], lanes, at)
        if self.profile:
            self.profile.access("ld", space, offsets, size, lanes)
        for value, target in zip(self._gather(space, offsets, dtype, len(targets)), targets, strict=True):
            if target is not None and mask is None:
                target[...] = value
            elif target is not None:
                target[lanes] = value

    def store(self, space: str, address, values, dtype: str, mask, at: int) -> None:
        width = np.dtype(dtype).itemsize
        size = width * len(values)
        lanes, space, offsets = self._resolve(space, address, size, mask, at)
        if not lanes.size:
            return
        if space in self.checks:
            self.checks[space].write(offsets, size, self.codes if mask is None else self.codes[lanes], lanes, at)
        elif space == "global":
            mark(self.memory.known, offsets, size)
        if self.profile:
            self.profile.access("st", space, offsets, size, lanes)
        contents = self._bytes(space).view(dtype)
        index = offsets // width
        for k, value in enumerate(values):
            contents[index + k if k else index] = value if mask is None else value[lanes]

    def atomic(self, space: str, operation: str, address, values, dtype: str, mask, at: int) -> np.ndarray:
        """One lane after another; the old values."""
        width = np.dtype(dtype).itemsize
        lanes, space, offsets = self._resolve(space, address, width, mask, at)
        result = np.zeros(self.threads.count, dtype)
        if space == "local":
            self.fail("atomic operations on local memory do not exist", at)
        if not lanes.size:
            return result
        if space in self.checks:
            self.checks[space].atomic(offsets, width, self.codes[lanes], lanes, at)
        contents, update = self._bytes(space).view(dtype), _UPDATE[operation]
        for k in self.order.permutation(lanes.size) if self.order else range(lanes.size):
            lane, i = lanes[k], offsets[k] // width
            result[lane] = old = contents[i]
            contents[i] = update(old, *(value[lane] for value in values))
        return result

    def _bytes(self, space: str) -> np.ndarray:
        return {"global": self.memory.bytes, "shared": self.shared, "local": self.local}[space]

    def _gather(self, space: str, offsets: np.ndarray, dtype: str, count: int):
        contents, width = self._bytes(space), np.dtype(dtype).itemsize
        if count == 1:
            return (contents.view(dtype)[offsets // width],)
        if wide := _WIDE.get(width * count):
            return contents.view(wide)[offsets // (width * count)].view(dtype).reshape(-1, count).T
        return [contents.view(dtype)[offsets // width + k] for k in range(count)]

    def _resolve(self, space: str, address, size: int, mask, at: int) -> tuple[np.ndarray, str, np.ndarray]:
        """The lanes, the memory, and where in it the accesses begin; checks bounds and alignment."""
        if mask is None:
            lanes = self._lanes
        else:
            lanes = np.flatnonzero(mask)
            address = address[lanes]
            if not lanes.size:
                return lanes, space, lanes
        if space == "generic":
            space, address = self._of_generic(address, at)
        space = "global" if space == "const" else space
        wrong = address & np.uint64(size - 1)
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            self.fail(f"misaligned {size}-byte {space} access to {hex(int(address[i]))} by {self._name(lanes[i])}", at)
        if space == "global":
            return lanes, space, self._in_arrays(address, size, lanes, at)
        limit = self.layout.shared_size if space == "shared" else self.layout.frame_size
        if int(address.max()) > limit - size:
            i = int(np.flatnonzero(address > max(limit - size, -1))[0])
            offset = int(address[i : i + 1].view(np.int64)[0])
            place = self.layout.where(offset) if space == "shared" else f"byte {offset}"
            whole = f"{space} memory, {place} ({limit} bytes in all)"
            self.fail(f"out of bounds: {size} bytes of {whole}, by {self._name(lanes[i])}", at)
        base = self._shared_base if space == "shared" else self._local_base
        return lanes, space, address.view(np.int64) + (base if mask is None else base[lanes])

    def _of_generic(self, address, at: int):
        lowest, highest = int(address.min()), int(address.max())
        for space, begin, end in _GENERIC:
            if begin <= lowest and highest < end:
                return space, address - np.uint64(begin)
            if begin <= highest and lowest < end:
                self.fail("generic addresses of one access that lie in different memories are not supported", at)
        return "global", address

    def _in_arrays(self, address, size: int, lanes, at: int) -> np.ndarray:
        offsets = (address - np.uint64(GLOBAL_BASE)).view(np.int64)
        begins, ends = self.memory.begins, self.memory.ends
        lowest = int(offsets.min())
        one = bisect.bisect_right(begins, lowest) - 1
        if one >= 0 and int(offsets.max()) + size <= ends[one]:
            return offsets  # the usual case: all in one array
        i = np.searchsorted(begins, offsets, "right") - 1
        outside = (i < 0) | (offsets + size > np.asarray(ends or [0])[np.maximum(i, 0)])
        if outside.any():
            k = int(np.flatnonzero(outside)[0])
            count = int(outside.sum())
            others = f", the first of {count} threads" if count > 1 else ""
            place = f"{size} bytes of global memory, {self.memory.where(int(offsets[k]))}"
            self.fail(f"out of bounds: {place}, by {self._name(lanes[k])}{others}", at)
        return offsets

    def _name(self, lane) -> str:
        return self.threads.describe(int(lane))

    def report(self, space: str, hazard: Hazard | None, at: int, lane: int, offset: int) -> None:
        """Raise the error that a check of shared or global memory has found."""
        if space == "shared":
            place = self.layout.where(offset % self.shared_row)
        else:
            place = self.memory.where(offset)
        if hazard is None:
            self.fail(f"{space} memory that was never written is read: {place}, by {self._name(lane)}", at)
            return
        if hazard.other == ANY:
            other = "threads of several blocks"
        else:
            other = self.threads.describe_number(*block_and_thread(hazard.other))
        before = f" ({self.line(hazard.other_at)})" if hazard.other_at >= 0 else ""
        self.fail(
            f"race in {space} memory, {hazard.kind}: {place}, by {self._name(lane)} and by {other}{before} "
            "with no barrier in between",
            at,
        )
