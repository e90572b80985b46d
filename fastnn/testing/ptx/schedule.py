"""Which lanes go on next, until all have ended."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.run import Run
from fastnn.testing.ptx.translate import GRID

SCHEDULES = ("lockstep", "warps", "blocks")


class Execution:
    """One run from its begin to its end. ``executed`` counts, for each basic block, the warps that went through it."""

    def __init__(self, run: Run, schedule: str, random: np.random.Generator, limit: int):
        self.run, self.schedule, self.random, self.limit = run, schedule, random, limit
        self.threads, self.end = run.threads, run.blocks.end
        self.executed = np.zeros(self.end, np.int64)
        self._bound: dict[tuple[int, bool], Callable] = {}
        self._waits = np.zeros(self.threads.count, bool)  # at the block's barrier
        self._meets = np.zeros(self.threads.count, bool)  # at the grid's barrier
        self._block = -1

    def execute(self) -> None:
        with np.errstate(all="ignore"):
            if self.schedule == "lockstep":
                self._together(0)
            while self._step():
                pass
        self.run.finish()

    def _call(self, number: int, mask) -> int | None:
        self.limit -= 1
        if self.limit < 0:
            raise PTXError("the kernel does not end: it went through as many basic blocks as the launch's limit allows")
        key = number, mask is not None
        if key not in self._bound:
            self._bound[key] = self.run.blocks.bind(number, mask is not None, self.run)
        return self._bound[key](mask)

    def _together(self, number: int) -> None:
        """All lanes side by side from a block on, until some of them branch off or all have ended."""
        run = self.run
        run.running = np.ones(self.threads.count, bool)
        while number < self.end:
            self.executed[number] += self.threads.warps
            result = self._call(number, None)
            if result is None:
                return
            if result <= GRID:
                number = GRID - result
                run.meet()
            elif result < 0:
                number = -1 - result
                run.pass_barrier(None)
            else:
                number = result
        run.block_of[:] = self.end

    def _step(self) -> bool:
        """One basic block for some lanes; False when all have ended."""
        run = self.run
        can_run = ~(self._waits | self._meets) & (run.block_of < self.end)
        if not can_run.any():
            return self._release()
        lanes = self._chosen(can_run)
        number = int(run.block_of[lanes].min())
        lanes &= run.block_of == number
        everybody = bool(lanes.all())
        if everybody and self.schedule == "lockstep":
            self._together(number)
            return True
        run.running = lanes
        self.executed[number] += np.unique(self.threads.warp[lanes]).size
        result = self._call(number, None if everybody else lanes)
        if result is None:
            return True
        if result <= GRID:
            run.block_of[lanes] = GRID - result
            self._meets |= lanes
        elif result < 0:
            run.block_of[lanes] = -1 - result
            self._waits |= lanes
            if self.schedule != "lockstep":
                self._release_blocks(only_complete=True)
        else:
            run.block_of[lanes] = result
        return True

    def _chosen(self, can_run: np.ndarray) -> np.ndarray:
        """All lanes that can run, those of a random warp, or those of one block as long as it can run."""
        if self.schedule == "warps":
            return can_run & (self.threads.warp == self.random.choice(np.unique(self.threads.warp[can_run])))
        if self.schedule == "blocks":
            able = np.unique(self.threads.block[can_run])
            if self._block not in able:
                self._block = int(self.random.choice(able))
            return can_run & (self.threads.block == self._block)
        return can_run.copy()

    def _release(self) -> bool:
        """Nobody can run: let those go on who wait at barriers."""
        run = self.run
        if self._waits.any():
            self._release_blocks(only_complete=False)
            return True
        if not self._meets.any():
            return False
        if not self._meets.all() or (run.block_of != run.block_of[0]).any():
            count = int(self._meets.sum())
            lane = int(np.flatnonzero(self._meets)[0])
            run.fail(
                f"a grid barrier that not all threads reach: {count} of {self.threads.count} are at this one, "
                f"{self.threads.describe(lane)} among them",
                self._barrier(lane),
            )
        self._meets[:] = False
        run.meet()
        return True

    def _release_blocks(self, only_complete: bool) -> None:
        """Let blocks go on whose threads all wait at one barrier; ``only_complete``: others may still arrive."""
        run = self.run
        for block in np.unique(self.threads.block[self._waits]):
            lanes = self.threads.block == block
            waiting = self._waits & lanes
            if only_complete and not (waiting | (run.block_of == self.end))[lanes].all():
                continue
            lane = int(np.flatnonzero(waiting)[0])
            if not waiting[lanes].all():
                run.fail(
                    f"a barrier that not all threads of a block reach: {int(waiting.sum())} of "
                    f"{self.threads.per_block} wait, {self.threads.describe(lane)} among them",
                    self._barrier(lane),
                )
            if (run.block_of[lanes] != run.block_of[lane]).any():
                run.fail(
                    f"threads of one block wait at different barriers, {self.threads.describe(lane)} at this one",
                    self._barrier(lane),
                )
            self._waits &= ~lanes
            run.pass_barrier(None if self.threads.block[-1] == 0 else int(block))

    def _barrier(self, lane: int) -> int:
        """The instruction at which a lane waits."""
        number = int(self.run.block_of[lane])
        blocks = self.run.blocks
        return (blocks.begins[number] if number < self.end else len(blocks.code.instructions)) - 1
