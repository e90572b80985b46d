"""Thousands of trainings and predictions in one process, whose memory must stay level: ``python -m asv_bench.soak``.

It prints the resident memory at ten moments of each part, and ends with 1 if the last is more than 2 MB above the
first: by then, the caches of Python and of the allocator are full.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import fastnn

MOMENTS = 10
ALLOWED = 2.0  # MB


def main() -> int:
    """Train, then predict. Return 1 if the memory grew."""
    parser = argparse.ArgumentParser(prog="python -m asv_bench.soak", description="Memory stays level.")
    parser.add_argument("--trainings", type=int, default=2_000, help="[2000]")
    parser.add_argument("--predictions", type=int, default=100_000, help="[100000]")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X = rng.standard_normal((256, 8), dtype=np.float32)
    y = (X.sum(axis=1) > 0).astype(np.int64)
    kept = fastnn.Network([8, 16, 2])

    def train(number: int) -> None:
        net = fastnn.Network([8, 16, 2], seed=number, activation=("relu", "tanh")[number % 2])
        fastnn.train(net, X, y, loss="cross_entropy", epochs=2, validation=0.2, threads=1 + number % 2)

    def predict(number: int) -> None:
        kept.predict(X[: 1 + number % 100])

    grew = [
        _grew("trainings", options.trainings, train),
        _grew("predictions", options.predictions, predict),
    ]
    return int(any(grew))


def _grew(what: str, count: int, work: Callable[[int], None]) -> bool:
    """Do the work, and return whether the memory grew after the first tenth."""
    began, found = time.monotonic(), []
    for number in range(count):
        work(number)
        if (number + 1) % max(1, count // MOMENTS) == 0:
            gc.collect()
            found.append(_resident())
    more = found[-1] - found[0]
    print(f"{count:,} {what}, {time.monotonic() - began:.0f} s: MB", *(f"{x:.1f}" for x in found), flush=True)
    print(f"{'GREW' if more > ALLOWED else 'level'}: {more:+.1f} MB after the first tenth", flush=True)
    return more > ALLOWED


def _resident() -> float:
    """Return this process's resident memory in MB."""
    [line] = [s for s in Path("/proc/self/status").read_text().splitlines() if s.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    sys.exit(main())
