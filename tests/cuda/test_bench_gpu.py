"""`make bench-gpu` without a GPU: its clock, its table, what it refuses; and fastnn's part of it on the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asv_bench.peers import networks
from asv_bench.peers.gpu import Peer, lines, main, measure
from asv_bench.peers.gpu_peers import PEERS, with_fastnn
from asv_bench.peers.networks import Case

pytestmark = pytest.mark.emulator
CASE = Case((5, 7, 3), 8, 4, 1, 1)


class FakeDevice:
    """A device whose time goes on only when a peer works."""

    now = 0.0

    def record(self):
        return self.now

    def seconds(self, begin, end):
        return end - begin


def peer(device, durations, result):
    """A peer whose epochs take these seconds, one after another."""
    left = iter(durations)

    def epoch():
        device.now += next(left)

    return Peer(result, epoch, CASE.steps, device)


def test_the_median_time_of_a_step_of_correct_peers():
    device, right, closed = FakeDevice(), networks.trained(CASE), []

    def absent(case):
        raise ImportError("torch")

    def fast(case):
        made = peer(device, [9.0, 0.4, 0.8, 0.2], right)
        made.close = lambda: closed.append(case)
        return made

    makers = {
        "fastnn": fast,
        "PyTorch": absent,
        "PyTorch fused": lambda case: peer(device, [9.0, 4.0, 4.0, 4.0], right),
        "JAX": lambda case: peer(device, [], networks.initial(case)),
    }
    found = measure(CASE, makers, rounds=3)
    assert found["fastnn"] == pytest.approx(0.1)
    assert found["PyTorch fused"] == pytest.approx(1.0)
    assert found["PyTorch"] == "-"
    assert found["JAX"].startswith("WRONG: parameters")
    assert closed == [CASE]
    [row] = lines([(CASE, found)])
    assert row[:2] == ("5-7-3, 8", "100,000") and row[3] == "1,000,000 (10.0)" and row[2] == row[4] == "-"


@pytest.mark.toolkit
@pytest.mark.parametrize("sizes", [(5, 7, 3), (5, 7, 1)])
def test_fastnn_takes_part_and_is_correct(sizes):
    found = measure(Case(sizes, 8, 4, 1, 1), {"fastnn": with_fastnn}, rounds=1)
    assert isinstance(found["fastnn"], float)


def test_peers_that_are_not_installed_are_left_out(monkeypatch):
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
    others = {name: make for name, make in PEERS.items() if name != "fastnn"}
    assert measure(CASE, others, rounds=1) == {name: "-" for name in others}


def test_it_is_refused_without_a_gpu():
    assert callable(main)
    done = subprocess.run(
        [sys.executable, "-m", "asv_bench.peers.gpu"], cwd=Path(__file__).parents[2], capture_output=True, text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (5, "")
    assert "make bench-gpu needs a GPU. The device 'cuda' cannot be used." in done.stderr
