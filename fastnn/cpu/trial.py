"""How many threads to train with: one and all are tried on the first steps, and the faster is kept.

A fixed threshold would be wrong on machines whose cores come and go; and since the result does not depend on the
team, to the bit, the trial costs nothing but a few steps on the slower one.
"""

from __future__ import annotations

import math

SECONDS = 5e-3  # of training that a team is judged by, in all its turns
GROWTH = 4  # each turn of a team has so many times more steps


class Trial:
    """Gives turns to one thread and to ``size`` threads, until it knows the faster."""

    def __init__(self, size: int):
        self._seconds = {1: 0.0, size: 0.0}
        self._best = {1: math.inf, size: math.inf}  # seconds a step, in the best turn
        self._turn, self._steps = 0, 1
        self.chosen = 1 if size == 1 else None

    def turn(self, remaining: int) -> tuple[int, int]:
        """(threads, steps) of the next turn."""
        if self.chosen is not None:
            return self.chosen, remaining
        return list(self._best)[self._turn], min(self._steps, remaining)

    def expected(self, threads: int, steps: int) -> float:
        """Seconds that a turn will take, judged by those before; infinite for the first."""
        return self._best[threads] * steps

    def record(self, threads: int, steps: int, seconds: float) -> None:
        """What the turn took. (An epoch may end it early: turns are judged by their time, not their length.)"""
        self._best[threads] = min(self._best[threads], seconds / steps)
        if self.chosen is not None:
            return
        self._seconds[threads] += seconds
        self._turn = 1 - self._turn
        if self._turn == 0:
            self._steps *= GROWTH
            if min(self._seconds.values()) >= SECONDS:
                self.chosen = min(self._best, key=lambda size: self._best[size])
