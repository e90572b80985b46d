"""Who wrote and who read each word, and which accesses of different threads no barrier orders.

Every thread has a code at every moment: its block, how many barriers the block and the warp have passed, its warp
and its lane. A word remembers the code of its last writer and that of its readers; "several" bits say that there were
more threads. Two accesses are ordered if the thread is the same, if the block is the same and has passed a barrier in
between, or if the warp is the same and has passed a warp's barrier in between.

Reads are only collected, and looked at all together before the next write or barrier. That changes nothing, because
no record changes in between, and is several times as fast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NONE, ANY = np.int64(0), np.int64(-1)  # nobody; threads of several blocks
_LANES, _WARP, _WARPS, _ATOMIC = 1 << 5, 31 << 6, 1 << 11, 1 << 12
WARP_EPOCH, EPOCH, BLOCK = 13, 21, 43  # where the fields begin; they have 8, 22 and 20 bits
MOST_BLOCKS = 1 << 20
_SAME_WARP = _WARP | _WARPS
_WARP_EPOCHS, _EPOCHS = ((1 << EPOCH) - 1) & ~((1 << WARP_EPOCH) - 1), ((1 << BLOCK) - 1) & ~((1 << EPOCH) - 1)
_SETTLED = np.int64(~(31 | _WARP | _ATOMIC))
_WHO = np.int64(~(_WARP_EPOCHS | _EPOCHS | _ATOMIC))


class Hazard(NamedTuple):
    """The first access of an instruction that is in a race, the other thread's code and its instruction (or -1)."""

    kind: str
    access: int
    other: int
    other_at: int


def codes(block: np.ndarray, thread: np.ndarray) -> np.ndarray:
    """The codes of all threads before the first barrier. Epochs begin with 1, so that no code is NONE."""
    warp, lane = thread // 32, thread % 32
    return (block.astype(np.int64) << BLOCK) | (1 << EPOCH) | (warp << 6) | lane


def block_and_thread(code: int) -> tuple[int, int]:
    return code >> BLOCK, ((code & _WARP) >> 6) * 32 + (code & 31)


class Words:
    """The records of the words (or bytes) of one memory."""

    def __init__(self, count: int):
        self.writer = np.zeros(count, np.int64)
        self.reader = np.zeros(count, np.int64)
        self.writer_at = np.zeros(count, np.int32)
        self._has_writers = self._has_readers = False

    def clear(self, words: slice | None) -> None:
        """What was done to these words, or to all, is ordered before everything that follows."""
        for table, used in ((self.writer, self._has_writers), (self.reader, self._has_readers)):
            if used:
                table[words or slice(None)] = NONE
        if words is None:
            self._has_writers = self._has_readers = False

    def read(self, words: np.ndarray, code: np.ndarray, remember: bool) -> Hazard | None:
        """Reads that one or many instructions did with no write in between."""
        if self._has_writers:
            other = self.writer[words]
            if other.any():
                bad = unordered(other, code)
                if bad.any():
                    return self._hazard("read after write", bad, words, other)
        if remember:
            _merge(self.reader, words, code)
            self._has_readers = True
        return None

    def write(self, words: np.ndarray, code: np.ndarray, at: int) -> Hazard | None:
        """Writes of one instruction."""
        hazard = self._before_write(words, code, atomic=False)
        self.writer[words] = code
        self.writer_at[words] = at
        self._has_writers = True
        if hazard is None:
            last = self.writer[words]
            clash = last != code
            if clash.any():
                return self._hazard("write after write by one instruction", clash, words, last)
        return hazard

    def atomic(self, words: np.ndarray, code: np.ndarray, at: int) -> Hazard | None:
        """Atomic operations do not race with each other."""
        code = code | _ATOMIC
        hazard = self._before_write(words, code, atomic=True)
        _merge(self.writer, words, code)
        self.writer_at[words] = at
        self._has_writers = True
        return hazard

    def _before_write(self, words: np.ndarray, code: np.ndarray, atomic: bool) -> Hazard | None:
        for kind, table, used in (
            ("write after write", self.writer, self._has_writers),
            ("write after read", self.reader, self._has_readers),
        ):
            if used:
                other = table[words]
                bad = unordered(other, code)
                if atomic and table is self.writer:
                    bad &= (other & _ATOMIC) == 0  # ANY: atomic operations of several blocks
                if bad.any():
                    return self._hazard(kind, bad, words, other)
        return None

    def _hazard(self, kind: str, bad: np.ndarray, words: np.ndarray, other: np.ndarray) -> Hazard:
        i = int(np.flatnonzero(bad)[0])
        return Hazard(kind, i, int(other[i]), int(self.writer_at[words[i]]) if kind != "write after read" else -1)


def unordered(other: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Where a record is of another thread whose access no barrier has ordered before this one."""
    difference = other ^ code
    bad = ((difference & _WHO) != 0) & (other != NONE)
    at = np.flatnonzero(bad)
    if at.size:
        d = difference[at]
        same_block = (d >> BLOCK) == 0
        same_warp = (d & _SAME_WARP) == 0
        bad[at] = ~(same_block & (((d & _EPOCHS) != 0) | (same_warp & ((d & _WARP_EPOCHS) != 0))))
    return bad


def _merge(table: np.ndarray, words: np.ndarray, code: np.ndarray) -> None:
    """Add threads to the records: one thread stays one, several become "several lanes", "several warps" or ANY."""
    before = table[words]
    new = (before ^ code) & _SETTLED != _LANES | _WARPS  # the others cannot say more than they do
    if not new.all():
        at = np.flatnonzero(new)
        before, code, words = before[at], code[at], words[at]
    table[words] = code
    last = table[words]
    with_before = unordered(before, code)
    at = np.flatnonzero(with_before | (last != code))
    if not at.size:
        return
    before, last, code, words, with_before = before[at], last[at], code[at], words[at], with_before[at]
    difference = np.where(with_before, before ^ code, 0) | (last ^ code)
    warps = (difference & _SAME_WARP) != 0
    blocks = ((difference >> BLOCK) != 0) | (with_before & (before == ANY))
    table[words] = code | _LANES
    table[words[warps]] = code[warps] | (_LANES | _WARPS)  # the widest record wins where several lanes have one word
    table[words[blocks]] = ANY
