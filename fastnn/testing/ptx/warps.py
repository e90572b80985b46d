"""What the lanes of a warp do together. Every lane that ``membermask`` names must be there."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.threads import Threads

_REDUCE = {
    "add": (np.add, 0), "min": (np.minimum, None), "max": (np.maximum, None),
    "and": (np.bitwise_and, -1), "or": (np.bitwise_or, 0), "xor": (np.bitwise_xor, 0),
}  # fmt: skip


class Warps:
    """``fail(message, instruction)`` raises the error; ``exited()`` gives the lanes that have ended."""

    def __init__(self, threads: Threads, fail, exited):
        self.threads, self.fail, self.exited = threads, fail, exited

    def members(self, members: np.ndarray, mask, at: int) -> np.ndarray:
        """The lanes that take part, after checking that they are those that are named."""
        active = np.ones(self.threads.count, bool) if mask is None else mask
        here = self.ballot(active)
        wrong = active & ((members >> self.threads.lane.astype(np.uint32) & np.uint32(1)) == 0)
        if wrong.any():
            self.fail(f"{self._name(wrong)} takes part and is not in membermask", at)
        missing = active & ((members & ~here & ~self.ballot(self.exited()) & self._existing()) != 0)
        if missing.any():
            self.fail(f"membermask of {self._name(missing)} names lanes of its warp that do not take part", at)
        return active

    def shuffle(self, mode: str, value, lane, clamp, members, mask, at: int):
        """(the value of another lane, whether that lane is inside)"""
        active = self.members(members, mask, at)
        own = self.threads.lane.astype(np.int64)
        lane, clamp = (lane & np.uint32(31)).astype(np.int64), clamp.astype(np.int64)
        segment, limit = (clamp >> 8) & 31, clamp & 31
        highest = (own & segment) | (limit & ~segment)
        source = {
            "up": own - lane,
            "down": own + lane,
            "bfly": own ^ lane,
            "idx": (own & segment) | (lane & ~segment),
        }[mode]
        inside = source >= highest if mode == "up" else source <= highest
        source = np.where(inside, source, own)
        absent = active & (source >= self.threads.lanes_of_warp)
        at_lane = np.where(absent, np.arange(self.threads.count), self.threads.first_of_warp + source)
        at_lane = np.clip(at_lane, 0, self.threads.count - 1)
        absent |= active & ~active[at_lane]
        if absent.any():
            self.fail(f"{self._name(absent)} reads a lane that does not take part", at)
        return value[at_lane], inside

    def vote(self, mode: str, predicate, members, mask, at: int):
        active = self.members(members, mask, at)
        true, here = self.ballot(active & predicate), self.ballot(active)
        if mode == "ballot":
            return true
        if mode == "uni":
            return (true == 0) | (true == here)
        return true == here if mode == "all" else true != 0

    def reduce(self, operation: str, value, members, mask, at: int):
        active = self.members(members, mask, at)
        function, start = _REDUCE[operation]
        if start is None:
            range_ = np.iinfo(value.dtype)
            start = range_.max if operation == "min" else range_.min
        result = np.full(self.threads.warps, 0, value.dtype)
        result[:] = np.array(start, np.int64).astype(value.dtype)
        function.at(result, self.threads.warp[active], value[active])
        return result[self.threads.warp]

    def ballot(self, lanes: np.ndarray) -> np.ndarray:
        """For each lane, the bits of those lanes of its warp that are given."""
        weights = np.where(lanes, 2.0**self.threads.lane, 0.0)
        return np.bincount(self.threads.warp, weights, self.threads.warps).astype(np.uint32)[self.threads.warp]

    def _existing(self) -> np.ndarray:
        return ((np.uint64(1) << self.threads.lanes_of_warp.astype(np.uint64)) - np.uint64(1)).astype(np.uint32)

    def _name(self, lanes: np.ndarray) -> str:
        return self.threads.describe(int(np.flatnonzero(lanes)[0]))
