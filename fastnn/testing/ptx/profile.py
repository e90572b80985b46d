"""What a kernel's accesses cost: sectors of global memory, passes over the banks of shared memory."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fastnn.testing.ptx.threads import Threads


class Stats(Counter):
    """Counts of a launch.

    ``instr:<opcode>`` is the number of warps that executed it. With ``profile=True`` also, for ``ld`` and ``st``:
    ``ld.global:sectors`` (of 32 bytes, for each warp) beside ``ld.global:ideal``, ``ld.shared:passes`` (more than the
    ideal where lanes meet at a bank) beside ``ld.shared:ideal``, and ``ld.local``, the number of accesses.
    """

    def summary(self) -> dict[str, float]:
        """All warp instructions, the fma among them, and the ratios to the ideal."""
        instructions = {name: count for name, count in self.items() if name.startswith("instr:")}
        result: dict[str, float] = {
            "warp_instr": sum(instructions.values()),
            "fma": sum(count for name, count in instructions.items() if name.startswith("instr:fma")),
        }
        for access in ("ld.global", "st.global", "ld.shared", "st.shared"):
            if ideal := self[f"{access}:ideal"]:
                what = "sectors" if "global" in access else "passes"
                result[f"{access} {what}/ideal"] = round(self[f"{access}:{what}"] / ideal, 2)
        return result


class Profile:
    def __init__(self, threads: Threads, stats: Stats, shared_row: int):
        self.threads, self.stats, self.shared_row = threads, stats, shared_row

    def access(self, kind: str, space: str, offsets: np.ndarray, size: int, lanes: np.ndarray) -> None:
        if space == "local":
            self.stats[f"{kind}.local"] += 1
        elif space == "global":
            self._global(kind, offsets, size, self.threads.warp[lanes])
        else:
            self._shared(kind, offsets, size, lanes)

    def _global(self, kind: str, offsets: np.ndarray, size: int, warp: np.ndarray) -> None:
        sectors = np.unique((warp.astype(np.int64) << 40) + offsets // 32)
        self.stats[f"{kind}.global:sectors"] += sectors.size
        self.stats[f"{kind}.global:ideal"] += int(np.ceil(np.bincount(warp) * size / 32).sum())

    def _shared(self, kind: str, offsets: np.ndarray, size: int, lanes: np.ndarray) -> None:
        """The lanes that one pass can serve: 32 with up to 4 bytes each, 16 with 8, 8 with 16."""
        at_once = {8: 16, 16: 8}.get(size, 32)
        group = self.threads.warp[lanes] * np.int64(4) + self.threads.lane[lanes] // at_once
        words = max(1, size // 4)
        word = (offsets[:, None] % self.shared_row // 4 + np.arange(words)).reshape(-1)
        different = np.unique((np.repeat(group, words) << 32) + word)  # one word for several lanes is read once
        groups, bank = different >> 32, (different & 0xFFFFFFFF) % 32
        banks, count = np.unique((groups << 6) + bank, return_counts=True)
        passes: dict[int, int] = {}
        for one, n in zip((banks >> 6).tolist(), count.tolist(), strict=True):
            passes[one] = max(passes.get(one, 0), n)
        self.stats[f"{kind}.shared:passes"] += sum(passes.values())
        self.stats[f"{kind}.shared:ideal"] += len(passes)
