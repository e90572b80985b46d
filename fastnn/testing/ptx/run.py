"""The blocks that run together: their registers, and what the translated code asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from fastnn.testing.ptx.access import Access
from fastnn.testing.ptx.checks import Checks
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.layout import Layout
from fastnn.testing.ptx.memory import Memory
from fastnn.testing.ptx.races import EPOCH, WARP_EPOCH, codes
from fastnn.testing.ptx.threads import Threads
from fastnn.testing.ptx.types import NUMPY
from fastnn.testing.ptx.warps import Warps

if TYPE_CHECKING:
    from fastnn.testing.ptx.blocks import Blocks

_EPOCHS = 1 << 22
_WARP_EPOCHS = 1 << 8


class Run:
    """Registers are made on first use. ``block_of`` is the basic block of each lane, once they have diverged."""

    def __init__(self, blocks: Blocks, layout: Layout, threads: Threads, memory: Memory, cooperative: bool):
        self.blocks, self.layout, self.threads, self.cooperative = blocks, layout, threads, cooperative
        self.access = Access(threads, memory, layout, self.fail, self._line)
        self.load, self.store, self.atomic = self.access.load, self.access.store, self.access.atomic
        warps = Warps(threads, self.fail, lambda: self.block_of == blocks.end)
        self.warps = warps
        self.shuffle, self.vote, self.reduce = warps.shuffle, warps.vote, warps.reduce
        self.none = np.zeros(threads.count, bool)
        self.block_of: np.ndarray = np.zeros(threads.count, np.int32)
        self.running = np.ones(threads.count, bool)
        self._registers: dict[str, np.ndarray] = {}
        self._constants: dict[tuple[bytes, str], np.ndarray] = {}
        self._bound: dict[tuple[int, bool], object] = {}
        self._warp_epochs = 0

    def check(self, global_checks: Checks) -> None:
        """Turn the checks on. Those of global memory go on from one run of a launch to the next."""
        known = np.zeros(self.access.shared.size, np.uint8)
        global_checks.fail = lambda *found: self.access.report("global", *found)
        shared = Checks(known, True, lambda *found: self.access.report("shared", *found))
        self.access.checks = {"global": global_checks, "shared": shared}
        self.access.codes = codes(self.threads.grid_block, self.threads.thread)

    # What translated code binds once

    def register(self, name: str, dtype: str) -> np.ndarray:
        if name not in self._registers:
            self._registers[name] = np.zeros(self.threads.count, NUMPY[self.blocks.code.registers[name]])
        return self._registers[name].view(dtype)

    def constant(self, value: int, dtype: str) -> np.ndarray:
        if dtype == "?":
            return self._full(np.array([value != 0]))
        if dtype[0] == "f":
            return self._full(np.array([value], dtype))
        size = int(dtype[1])
        return self._full(np.array([value % (1 << 8 * size)], f"u{size}").view(dtype))

    def float_constant(self, bits: int, size: int, dtype: str) -> np.ndarray:
        """A number written by its bits, in the width of the type that reads it."""
        number = np.array([bits], f"u{size}").view(f"f{size}")
        return self._full(number.astype(dtype) if dtype[0] == "f" else number.view(dtype))

    def special(self, name: str, dtype: str) -> np.ndarray:
        return self.threads.special(name).astype(f"u{int(dtype[1])}").view(dtype)

    def symbol(self, name: str, dtype: str) -> np.ndarray:
        return self.constant(self.layout.addresses[name], dtype)

    def parameter(self, name: str, offset: int, index: int, dtype: str) -> np.ndarray:
        return self._full(self.layout.parameter(name, offset, index, dtype))

    def _full(self, one: np.ndarray) -> np.ndarray:
        key = (one.tobytes(), one.dtype.str)
        if key not in self._constants:
            self._constants[key] = np.full(self.threads.count, one[0], one.dtype)
        return self._constants[key]

    # What translated code calls

    def branch(self, taken_by, target: int, other: int, mask) -> int | None:
        """Where all lanes go, or None after noting where each of them goes."""
        chosen = taken_by if mask is None else taken_by[mask]
        if chosen.all():
            return target
        if not chosen.any():
            return other
        self.block_of[self.running] = other
        self.block_of[taken_by if mask is None else taken_by & mask] = target
        return None

    def branch_by_table(self, index, targets: list[int], mask, at: int) -> int | None:
        active = self.none | True if mask is None else mask
        if (index[active] >= len(targets)).any():
            self.fail(f"an index is outside of the table of {len(targets)} labels", at)
        self.block_of[active] = np.asarray(targets)[index[active]]
        return None

    def warp_barrier(self, members, mask, at: int) -> None:
        active = self.warps.members(members, mask, at)
        if not self.access.checks:
            return
        for checks in self.access.checks.values():
            checks.look(remember=True)
        self.access.codes = self.access.codes + (active.astype(np.int64) << WARP_EPOCH)
        if (self.access.codes[active] >> WARP_EPOCH & (_WARP_EPOCHS - 1) == 0).any():
            self.fail(f"{_WARP_EPOCHS} barriers of a warp with none of its block: run it with racecheck=False", at)

    def active_lanes(self, mask):
        return self.warps.ballot(np.ones(self.threads.count, bool) if mask is None else mask)

    def meets(self, at: int) -> None:
        if not self.cooperative:
            self.fail("a grid barrier in a launch without cooperative=True", at)

    def trap(self, mask, at: int) -> None:
        if mask is None or mask.any():
            lane = 0 if mask is None else int(np.flatnonzero(mask)[0])
            self.fail(f"the kernel stopped itself in {self.threads.describe(lane)}", at)

    def fail(self, message: str, at: int) -> NoReturn:
        """Raise an error at an instruction, but first one that happened earlier and was not looked at yet."""
        checks, self.access.checks = self.access.checks, {}
        for one in checks.values():
            one.look(remember=False)
        raise PTXError(f"{message}\n  at PTX {self._line(at)}")

    def _line(self, at: int) -> str:
        return self.blocks.code.instructions[at].place

    # Barriers

    def pass_barrier(self, block: int | None) -> None:
        """All threads of a block, or of every block, have met."""
        if not self.access.checks:
            return
        for checks in self.access.checks.values():
            checks.look(remember=True)
        shared, row = self.access.checks["shared"], self.access.shared_row
        epoch = np.int64(1 << EPOCH)
        codes_ = (self.access.codes & ~np.int64((_WARP_EPOCHS - 1) << WARP_EPOCH)) + epoch
        if block is None:
            shared.clear()
            self.access.codes = codes_
        else:
            shared.clear(slice(block * row, (block + 1) * row))
            self.access.codes = np.where(self.threads.block == block, codes_, self.access.codes)
        if (self.access.codes[0] >> EPOCH) & (_EPOCHS - 1) == _EPOCHS - 1:
            raise PTXError("more than four million barriers: run it with racecheck=False")

    def meet(self) -> None:
        """All threads of the grid have met."""
        self.pass_barrier(None)
        if self.access.checks:
            self.access.checks["global"].clear()

    def finish(self) -> None:
        """Look at what the run has read last."""
        for checks in self.access.checks.values():
            checks.look(remember=True)
