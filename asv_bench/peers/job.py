"""What a worker times: a call, repeated often enough for the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WARM = 0.02  # seconds that a job runs before it is timed, at least


def _nothing() -> None:
    pass


@dataclass
class Job:
    """run() does ``units`` of the work and returns when they are done. result: what is checked before timing.

    warm: seconds that it has to run before it is timed, longer where it adapts itself.
    """

    run: Callable[[], object]
    result: Any = None
    units: int = 1
    close: Callable[[], None] = _nothing
    note: Callable[[], str] = str  # what is worth saying once it has been timed
    warm: float = WARM
    calls: int = 0

    def seconds(self, at_least: float) -> float:
        """Seconds a unit, from calls that take ``at_least`` seconds together."""
        if not self.calls:
            self._calibrate(at_least)
        elif self.calls > 1:
            self.run()  # what another peer's turn did to caches and clocks is not the subject
        began = time.perf_counter()
        for _ in range(self.calls):
            self.run()
        return (time.perf_counter() - began) / (self.calls * self.units)

    def _calibrate(self, at_least: float) -> None:
        fastest, began = float("inf"), time.perf_counter()
        while fastest == float("inf") or time.perf_counter() - began < self.warm:
            start = time.perf_counter()
            self.run()
            fastest = min(fastest, time.perf_counter() - start)
        self.calls = max(1, round(at_least / fastest))
