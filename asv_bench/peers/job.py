"""A timed call, repeated until its duration can be measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WARM_UP_SECONDS = 0.02  # minimum time that a job runs before it is timed


def _nothing() -> None:
    pass


@dataclass
class Job:
    """run() does ``units`` units of work and returns when they are done. result: checked before timing.

    warm_up: seconds that it has to run before it is timed; longer if it adapts itself.
    """

    run: Callable[[], object]
    result: Any = None
    units: int = 1
    close: Callable[[], None] = _nothing
    note: Callable[[], str] = str  # a remark for the report, after the timing
    warm_up: float = WARM_UP_SECONDS
    calls: int = 0

    def seconds(self, at_least: float) -> float:
        """Return the seconds per unit, from calls that take at least ``at_least`` seconds together."""
        if not self.calls:
            self._calibrate(at_least)
        elif self.calls > 1:
            self.run()  # not timed: it restores caches and clock rates after the turn of another peer
        began = time.perf_counter()
        for _ in range(self.calls):
            self.run()
        return (time.perf_counter() - began) / (self.calls * self.units)

    def _calibrate(self, at_least: float) -> None:
        fastest, began = float("inf"), time.perf_counter()
        while fastest == float("inf") or time.perf_counter() - began < self.warm_up:
            start = time.perf_counter()
            self.run()
            fastest = min(fastest, time.perf_counter() - start)
        self.calls = max(1, round(at_least / fastest))
