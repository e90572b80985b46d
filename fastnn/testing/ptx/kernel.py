"""A kernel, and how it is launched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnn.testing.ptx.blocks import Blocks
from fastnn.testing.ptx.checks import Checks
from fastnn.testing.ptx.declarations import Function
from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.flatten import GRID_BARRIER, Code
from fastnn.testing.ptx.layout import Layout
from fastnn.testing.ptx.memory import Memory
from fastnn.testing.ptx.profile import Profile, Stats
from fastnn.testing.ptx.races import MOST_BLOCKS
from fastnn.testing.ptx.run import Run
from fastnn.testing.ptx.schedule import SCHEDULES, Execution
from fastnn.testing.ptx.threads import Dim3, Threads

_BLOCKS_OF_A_PROFILE = 8  # run together: more would only make the counting slower


class Kernel:
    def __init__(self, function: Function, code: Code):
        self.name, self._function = function.name, function
        self.param_types = [variable.type for variable in function.params]
        self.max_threads = function.max_threads
        self._blocks = Blocks(function, code)

    def launch(
        self,
        grid: int | Sequence[int],
        block: int | Sequence[int],
        params: Sequence[Any],
        memory: Memory,
        *,
        dyn_shared: int = 0,
        cooperative: bool = False,
        schedule: str = "lockstep",
        seed: int = 0,
        racecheck: bool = True,
        profile: bool = False,
        max_lanes: int = 1 << 16,
        limit: int = 5_000_000,
    ) -> Stats:
        """Run the kernel to its end: see the package's docstring for the parameters."""
        sizes, shape = _three(grid, "grid"), _three(block, "block")
        threads = int(np.prod(shape))
        if threads > min(self.max_threads, 1024):
            raise PTXError(f"a block of {threads} threads is not allowed: {self.name} has at most {self.max_threads}")
        if schedule not in SCHEDULES:
            raise PTXError(f"schedule {schedule!r} is not allowed: it must be one of {', '.join(SCHEDULES)}")
        layout = Layout(self._blocks.code, self._blocks.symbols, memory, self._function.module, dyn_shared)
        layout.pass_parameters(self._function.params, params)
        total, random = int(np.prod(sizes)), np.random.default_rng(seed)
        together = total if cooperative else self._together(total, threads, schedule, profile, max_lanes)
        order = np.arange(total) if schedule == "lockstep" else random.permutation(total)
        if racecheck and total > MOST_BLOCKS:
            raise PTXError(f"a grid of {total} blocks is too large for racecheck: it can have {MOST_BLOCKS}")
        stats, executed = Stats(), np.zeros(self._blocks.end, np.int64)
        checks = None
        if racecheck:
            used = memory.used
            checks = Checks(memory.known[:used], not memory.known_everywhere, fail=_nobody)
        for begin in range(0, total, together):
            lanes = Threads(sizes, shape, order[begin : begin + together], layout.shared_size, dyn_shared)
            run = Run(self._blocks, layout, lanes, memory, cooperative)
            if checks:
                run.check(checks)
            if profile:
                run.access.profile = Profile(lanes, stats, run.access.shared_row)
            if schedule != "lockstep":
                run.access.order = random
            execution = Execution(run, schedule, random, limit)
            execution.execute()
            executed += execution.executed
        for count, times in zip(self._blocks.counts, executed.tolist(), strict=True):
            for name, number in count.items():
                stats[name] += number * times
        return stats

    @property
    def meets(self) -> bool:
        """Whether there is a grid barrier, so that the launch must be cooperative."""
        return any(GRID_BARRIER in one.text for one in self._blocks.code.instructions)

    def _together(self, total: int, threads: int, schedule: str, profile: bool, max_lanes: int) -> int:
        if schedule == "blocks":
            return 1
        most = max(1, max_lanes // threads)
        return min(total, most, _BLOCKS_OF_A_PROFILE) if profile else min(total, most)


def _three(size: int | Sequence[int], what: str) -> Dim3:
    numbers = (size,) if isinstance(size, int | np.integer) else tuple(size)
    if not 1 <= len(numbers) <= 3 or any(number < 1 for number in numbers):
        raise PTXError(f"{what} {size!r} is not allowed: it must be one to three positive numbers")
    x, y, z = (*(int(number) for number in numbers), 1, 1)[:3]
    return x, y, z


def _nobody(*found) -> None:
    raise AssertionError("a run sets this")
