"""The floor of a training step: its work by hand, and no share from a machine that was busy."""

import pytest

from asv_bench import floor
from asv_bench.peers import floors
from asv_bench.peers.bench import Measured

THREE = 3 * (4 * 5 + 5 * 6) - 4 * 5  # multiply-adds of a row: no dX in the first layer


@pytest.mark.parametrize(("cache", "moved"), [(10**6, 0), (100, 2 * 4 * (20 + 30 + 5 + 6) * 3)])
def test_the_work_of_a_step(cache, moved):
    work = floor.work((4, 5, 6), batch=8, state=2, cache=cache)
    assert work == floor.Work(2 * 8 * THREE, moved)
    assert work.seconds(peak=1e9, bandwidth=1e3) == max(work.flops / 1e9, moved / 1e3)


@pytest.mark.parametrize(
    ("all_threads", "step", "share"),
    [
        (200.0, 1.0, 0.5),
        (100.0, 1.0, None),  # two threads as fast as one: something else had the second core
        (4.0, 30.0, None),
        (200.0, 0.4, None),  # faster than the floor
    ],
)
def test_a_busy_machine_gives_no_share(monkeypatch, all_threads, step, share):
    monkeypatch.setattr(floors, "available_threads", lambda: 2)
    measured = {
        "peak, 1 thread": Measured([0.01, 0.5]),  # the best counts
        "peak, all threads": Measured([1 / all_threads]), "moved, all threads": Measured([1e-9]),
        "step, all threads": Measured([step]),
    }  # fmt: skip
    assert floors._share(floor.Work(100, 0), measured, "all threads")[0] == share
