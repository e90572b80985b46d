"""How many threads to train with: one and all are tried in turn, and the faster does most of the work.

A fixed threshold would be wrong on machines whose cores come and go, and so would be a choice made once. Since the
result does not depend on the team, to the bit, trying costs nothing but some steps on the slower one.
"""

from __future__ import annotations

import math

TRY = 1.5e-2  # seconds that the other team is tried for: several time slices of a busy system
FIRST, LONGEST = 1e-2, 2.0  # seconds between two tries, doubled as long as the choice is confirmed
RARELY = 30  # times as long as a try has lost: the next one is not earlier
WARM = 0.2  # share of that time for the first turn, which is not counted: threads wake, caches fill
CLEARLY = 0.97  # of the time a step: what the other team must do better than


class Trial:
    """Gives turns to one thread and to ``size`` threads. chosen: the team that was the faster."""

    def __init__(self, size: int):
        self.chosen, self._other = 1, size
        self._rate = {1: math.inf, size: math.inf}  # seconds a step, in the last turn
        self._mean = math.inf  # of the chosen team, since the last try
        self._interval, self._trying, self._warm = FIRST, False, False
        self._seconds, self._steps = 0.0, 0  # since the last change of teams, and its first turn

    def turn(self, remaining: int) -> tuple[int, int]:
        """(threads, steps) of the next turn."""
        if self.chosen == self._other:
            return self.chosen, remaining
        threads = self._other if self._trying else self.chosen
        seconds = self._limit - self._seconds if self._warm else WARM * self._limit
        steps = seconds / self._rate[threads]  # 0 where nothing is known yet
        return threads, min(max(1, math.ceil(steps)), remaining)

    def expected(self, threads: int, steps: int) -> float:
        """Seconds that a turn will take, judged by the one before; infinite for the first."""
        return self._rate[threads] * steps

    def record(self, threads: int, steps: int, seconds: float) -> None:
        """What the turn took. (An epoch may end it early: teams are judged by their time, not by their turns.)"""
        self._rate[threads] = max(seconds, 1e-9) / steps
        if not self._warm:
            self._warm = True
            return
        self._seconds, self._steps = self._seconds + seconds, self._steps + steps
        if self._seconds < self._limit:
            return
        mean = self._seconds / self._steps
        if not self._trying:
            self._mean = mean
        else:
            if mean < CLEARLY * self._mean:
                self.chosen, self._other, self._mean, self._interval = self._other, self.chosen, mean, FIRST
            else:  # one that a busy moment has spoilt is repeated soon; one that was much slower costs the more
                lost = max(0.0, self._seconds - self._steps * self._mean)
                self._interval = max(min(2 * self._interval, LONGEST), RARELY * lost)
        self._trying, self._warm = not self._trying, False
        self._seconds, self._steps = 0.0, 0

    @property
    def _limit(self) -> float:
        return TRY if self._trying else self._interval
