"""Choose the number of threads for training: time one thread and all threads in turn, and use the faster team.

A fixed threshold, or a single measurement, would be wrong on machines where the number of available cores changes.
Results are bitwise equal for every number of threads, so a trial only costs the time of some slower steps.
"""

from __future__ import annotations

import math

TRIAL_SECONDS = 1.5e-2  # duration of a trial of the other team: several time slices on a busy system
MIN_INTERVAL, MAX_INTERVAL = 1e-2, 2.0  # seconds between trials; doubled every time the choice is confirmed
INTERVAL_PER_LOSS = 30  # the interval is at least this many times the seconds that the last trial lost
WARM_UP_SHARE = 0.2  # of a team's time; this first turn is not counted, because threads wake and caches fill
MAX_TIME_RATIO = 0.97  # the other team is chosen if its time per step is below this share of the current one


class Trial:
    """Give turns to one thread and to ``size`` threads. chosen: the number of threads of the faster team."""

    def __init__(self, size: int):
        self.chosen, self._other = 1, size
        self._rate = {1: math.inf, size: math.inf}  # seconds per step in the last turn
        self._mean = math.inf  # seconds per step of the chosen team since the last trial
        self._interval, self._trying, self._warm = MIN_INTERVAL, False, False
        self._seconds, self._steps = 0.0, 0  # since the last change of teams, without its first turn

    def turn(self, remaining: int) -> tuple[int, int]:
        """Return (threads, steps) for the next turn."""
        if self.chosen == self._other:
            return self.chosen, remaining
        threads = self._other if self._trying else self.chosen
        seconds = self._limit - self._seconds if self._warm else WARM_UP_SHARE * self._limit
        steps = seconds / self._rate[threads]  # 0 if the rate is not known yet
        return threads, min(max(1, math.ceil(steps)), remaining)

    def expected(self, threads: int, steps: int) -> float:
        """Return the expected seconds of a turn, from the rate of the last one; infinite before the first one."""
        return self._rate[threads] * steps

    def record(self, threads: int, steps: int, seconds: float) -> None:
        """Record the seconds that a turn took. The end of an epoch may have shortened it: only rates are compared."""
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
            if mean < MAX_TIME_RATIO * self._mean:
                self.chosen, self._other, self._mean, self._interval = self._other, self.chosen, mean, MIN_INTERVAL
            else:  # repeated soon, since something may have disturbed it; less often for a much slower team
                lost = max(0.0, self._seconds - self._steps * self._mean)
                self._interval = max(min(2 * self._interval, MAX_INTERVAL), INTERVAL_PER_LOSS * lost)
        self._trying, self._warm = not self._trying, False
        self._seconds, self._steps = 0.0, 0

    @property
    def _limit(self) -> float:
        return TRIAL_SECONDS if self._trying else self._interval
