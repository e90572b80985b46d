"""The product that a second process compiles: found by the first one, and never needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fastnn.cpu import beside

TRAINING = """
import sys
import numpy as np
import fastnn
from fastnn.cpu import beside
from fastnn.cpu.forward import forward
from fastnn.kernels.announcing import on_compile

{change}
X = np.linspace(-1, 1, 40, dtype=np.float32).reshape(-1, 1)
net = fastnn.Network([1, 4, 1])
said = []
with on_compile(said.append):
    result = fastnn.train(net, X, X**2, loss="mse", epochs=2, threads=1)
compiled = "product_of_tasks" in " ".join(said)
loss = result.history[-1].train_loss
print(len(forward.overloads), compiled, len(beside._working), loss, net.parameters.sum())
"""


@pytest.fixture
def train(tmp_path):
    def run(change: str, cache: str) -> list[str]:
        environment = {**os.environ, "FASTNN_CACHE_DIR": str(tmp_path / cache)}
        command = [sys.executable, "-c", TRAINING.format(change=change)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stderr == ""
        return done.stdout.split()

    return run


@pytest.mark.skipif(not beside._command("float32"), reason="one core, or Python cannot be started")
def test_the_second_process_compiles_the_product_and_nothing_depends_on_it(train):
    kinds, compiled, left, *numbers = train("", "beside")
    assert (kinds, compiled, left) == ("1", "False", "0")  # training and evaluation share what they call
    for number, change in enumerate((
        'beside._command = lambda dtype: [sys.executable, "-c", "raise SystemExit(1)"]',
        'beside._command = lambda dtype: ["/no/such/program"]',
        'beside._command = lambda dtype: [sys.executable, "-c", "input()"]; beside.PATIENCE = 0.0',
        "sys.executable = None",
        'sys.executable = "/usr/sbin/a-server-that-embeds-python"',
    )):  # fmt: skip
        _, alone, left, *others = train(change, f"alone{number}")
        assert (alone, left) == ("True", "0"), change
        assert others == numbers, change


def test_it_starts_once_and_only_where_the_product_is_missing(monkeypatch):
    started = []
    monkeypatch.setattr(beside, "_begun", {})
    monkeypatch.setattr(beside, "_working", {})
    monkeypatch.setattr(beside, "_command", lambda dtype: [dtype])
    monkeypatch.setattr(beside.subprocess, "Popen", lambda command, **_: started.append(command) or "process")
    beside.begin("float32", lambda: False)
    beside.begin("float32", lambda: True)
    beside.begin("float64", lambda: True)
    beside.begin("float64", lambda: True)
    assert started == [["float64"]]
    assert beside._working == {"float64": "process"}
