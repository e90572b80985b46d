"""The checks of one memory: reads of what was never written, and races."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fastnn.testing.ptx.races import Hazard, Words

_MANY = 1 << 20  # so many collected reads are looked at without waiting for a write,
_AT_ONCE = 1 << 13  # about so many words together, which fit into the processor's cache
_KNOWN = {size: np.array([1] * size, np.uint8).view(f"u{size}")[0] for size in (1, 2, 4, 8)}

_Read = tuple[np.ndarray, np.ndarray, np.ndarray, int]  # offsets, codes, lanes, instruction
Where = Callable[[int], tuple[int, int]]  # the number of an access -> its instruction and its lane


def mark(known: np.ndarray, offsets: np.ndarray, size: int) -> None:
    """Note that ``size`` bytes from each offset are written."""
    width = min(size, 8)
    for part in range(0, size, 8):
        known.view(f"u{width}")[(offsets + part) // width] = _KNOWN[width]


class Checks:
    """``known`` has one byte for each byte of the memory: 1 if it has been written.

    ``fail(hazard or None, instruction, lane, offset)`` raises the error; None says that the bytes were never written.
    Accesses of less than four bytes have records of their own, of bytes: a race between a byte and a whole word that
    contains it is not seen.
    """

    def __init__(self, known: np.ndarray, may_be_unknown: bool, fail: Callable[[Hazard | None, int, int, int], None]):
        self.known, self.may_be_unknown, self.fail = known, may_be_unknown, fail
        self.words = Words(known.size // 4)
        self._bytes: Words | None = None
        self._reads: dict[int, list[_Read]] = {}
        self._count = 0

    def read(self, offsets: np.ndarray, size: int, code: np.ndarray, lanes: np.ndarray, at: int) -> None:
        """Collect the reads of an instruction: ``size`` bytes from each offset."""
        self._reads.setdefault(size, []).append((offsets, code, lanes, at))
        self._count += offsets.size
        if self._count > _MANY:
            self.look(remember=True)

    def write(self, offsets: np.ndarray, size: int, code: np.ndarray, lanes: np.ndarray, at: int) -> None:
        self.look(remember=True)
        records, words, code, per = self._records(offsets, size, code)
        self._report(records.write(words, code, at), offsets, per, lambda i: (at, int(lanes[i])))
        if self.may_be_unknown:
            mark(self.known, offsets, size)

    def atomic(self, offsets: np.ndarray, size: int, code: np.ndarray, lanes: np.ndarray, at: int) -> None:
        self.look(remember=True)
        self._check_known(offsets, size, lambda i: (at, int(lanes[i])))
        records, words, code, per = self._records(offsets, size, code)
        self._report(records.atomic(words, code, at), offsets, per, lambda i: (at, int(lanes[i])))

    def look(self, remember: bool) -> None:
        """Look at the collected reads. ``remember``: a write by another thread may follow without a barrier."""
        collected, self._reads, self._count = self._reads, {}, 0
        for size, reads in collected.items():
            at_once = max(1, _AT_ONCE // (reads[0][0].size * max(1, size // 4)))
            for begin in range(0, len(reads), at_once):
                self._look_at(reads[begin : begin + at_once], size, remember)

    def _look_at(self, reads: list[_Read], size: int, remember: bool) -> None:
        where = _finder(reads)
        offsets, code = (np.concatenate([read[k] for read in reads]) for k in (0, 1))
        self._check_known(offsets, size, where)
        records, words, code, per = self._records(offsets, size, code)
        self._report(records.read(words, code, remember), offsets, per, where)

    def clear(self, part: slice | None = None) -> None:
        """All accesses to these bytes, or to all, so far are ordered before all that follow."""
        self.look(remember=part is not None)
        self.words.clear(part and slice(part.start // 4, part.stop // 4))
        if self._bytes is not None:
            self._bytes.clear(part)

    def _check_known(self, offsets: np.ndarray, size: int, where: Where) -> None:
        if not self.may_be_unknown:
            return
        width = min(size, 8)
        for part in range(0, size, 8):
            bad = self.known.view(f"u{width}")[(offsets + part) // width] != _KNOWN[width]
            if bad.any():
                i = int(np.flatnonzero(bad)[0])
                self.fail(None, *where(i), int(offsets[i]))

    def _records(self, offsets: np.ndarray, size: int, code: np.ndarray) -> tuple[Words, np.ndarray, np.ndarray, int]:
        """The records of the accesses, their words (or bytes), a code for each of them, and words per access."""
        if size < 4:
            if self._bytes is None:
                self._bytes = Words(self.known.size)
            records, first, per = self._bytes, offsets, size
        else:
            records, first, per = self.words, offsets >> 2, size // 4
        if per == 1:
            return records, first, code, 1
        return records, (first[:, None] + np.arange(per)).reshape(-1), np.repeat(code, per), per

    def _report(self, hazard: Hazard | None, offsets: np.ndarray, per: int, where: Where) -> None:
        if hazard:
            i = hazard.access // per
            self.fail(hazard, *where(i), int(offsets[i]))


def _finder(reads: list[_Read]) -> Where:
    """Find the read to which an index of all of them together belongs."""

    def where(i: int) -> tuple[int, int]:
        for offsets, _, lanes, at in reads:
            if i < offsets.size:
                return at, int(lanes[i])
            i -= offsets.size
        raise IndexError(i)

    return where
