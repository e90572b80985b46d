"""The threads of the blocks that run together: one lane for each, and the special registers that tell them apart."""

from __future__ import annotations

import numpy as np

Dim3 = tuple[int, int, int]
_THREE = ("%tid", "%ctaid", "%ntid", "%nctaid")
_MASKS = ("eq", "lt", "le", "gt", "ge")
_ONE = ("%laneid", "%warpid", "%nwarpid", "WARP_SZ", "%dynamic_smem_size", "%total_smem_size")
SPECIAL = {f"{name}.{axis}" for name in _THREE for axis in "xyz"} | {f"%lanemask_{m}" for m in _MASKS} | set(_ONE)


class Threads:
    """``block`` counts the blocks that run together, ``grid_block`` those of the grid, ``warp`` the warps."""

    def __init__(self, grid: Dim3, block: Dim3, ids: np.ndarray, shared: int, dynamic_shared: int):
        self.per_block = block[0] * block[1] * block[2]
        self.count = self.per_block * len(ids)
        self.thread = np.tile(np.arange(self.per_block), len(ids))
        self.block = np.repeat(np.arange(len(ids)), self.per_block)
        self.grid_block = np.repeat(np.asarray(ids, np.int64), self.per_block)
        self.lane = self.thread % 32
        warps = -(-self.per_block // 32)
        self.warp = self.block * warps + self.thread // 32
        self.warps = warps * len(ids)
        self.first_of_warp = np.arange(self.count) - self.lane
        self.lanes_of_warp = np.bincount(self.warp, minlength=self.warps)[self.warp]
        self._grid, self._block, self._shared, self._dynamic = grid, block, shared, dynamic_shared
        self._registers: dict[str, np.ndarray] = {}

    def special(self, name: str) -> np.ndarray:
        """A special register as uint32."""
        if name not in self._registers:
            self._registers[name] = np.ascontiguousarray(np.broadcast_to(self._special(name), self.count).astype("u4"))
        return self._registers[name]

    def _special(self, name: str):
        base, _, axis = name.partition(".")
        if base in _THREE:
            sizes = self._grid if "cta" in base else self._block
            k = "xyz".index(axis)
            if base[1] == "n":
                return sizes[k]
            number = self.grid_block if "cta" in base else self.thread
            return number // int(np.prod(sizes[:k])) % sizes[k]
        if base.startswith("%lanemask_"):
            bit = np.uint64(1) << self.lane.astype(np.uint64)
            masks = {"eq": bit, "lt": bit - 1, "le": 2 * bit - 1, "gt": ~(2 * bit - 1), "ge": ~(bit - 1)}
            return masks[base[10:]] & np.uint64(0xFFFFFFFF)
        warps = -(-self.per_block // 32)
        return dict(zip(_ONE, (self.lane, self.thread // 32, warps, 32, self._dynamic, self._shared), strict=True))[
            name
        ]

    def describe(self, lane: int) -> str:
        """A thread as messages name it."""
        block, thread = (
            tuple(int(self.special(f"{name}.{axis}")[lane]) for axis in "xyz") for name in ("%ctaid", "%tid")
        )
        return f"block {block} thread {thread}"

    def describe_number(self, block: int, thread: int) -> str:
        def three(number: int, sizes: Dim3) -> Dim3:
            return number % sizes[0], number // sizes[0] % sizes[1], number // (sizes[0] * sizes[1])

        return f"block {three(block, self._grid)} thread {three(thread, self._block)}"
