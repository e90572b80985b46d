"""The parts of a plugin are compiled once: not in a second process, and not for another value of a number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fastnn

PLUGIN = """
import fastnn
from fastnn.mathematics import sigmoid

def once(x, beta, tilt, flipped):
    return x * sigmoid(-beta * x if flipped else beta * x) + tilt * x + {own}

def once_loss(prediction, target, delta):
    e = prediction - target + {own}
    return delta * e * e

def once_step(p, g, m, lr, keep):
    m = keep * m + {own} * g
    return p - lr * m, m

@fastnn.hookimpl
def fastnn_activations():
    parameters = {{"beta": 2.0, "tilt": 0.1, "flipped": False}}
    return [fastnn.Activation("once", once, parameters=parameters, trainable=("tilt",))]

@fastnn.hookimpl
def fastnn_losses():
    return [fastnn.Loss("once_loss", once_loss, parameters={{"delta": 1.0}})]

@fastnn.hookimpl
def fastnn_optimizers():
    return [fastnn.Optimizer("once_step", once_step, hyper={{"lr": 0.01, "keep": 0.9}})]
"""
JOB = """
import sys
import numpy as np
import fastnn
from fastnn.cpu.compiled import compilations

fastnn.load_plugin(sys.argv[1])
x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")

def trained(activation, loss, optimizer):
    before, net = compilations(), fastnn.Network([3, 5, 1], activation=activation, seed=0)
    fastnn.train(net, x, x[:, :1], loss=loss, optimizer=optimizer, epochs=1, threads=1, batch_size=8)
    net.predict(x)
    return compilations() - before

print(trained("once", "once_loss", "once_step"))
print(trained("once:beta=0.7,tilt=0.3", "once_loss:delta=3", "once_step:lr=0.2,keep=0.5"))
print(trained("once:flipped=true", "once_loss", "once_step"))
"""


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    """How many functions each of two processes compiles in each of three trainings."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "once.py").write_text(PLUGIN.format(own=1e-9 * os.getpid()))  # no earlier run has compiled it
    (folder / "job.py").write_text(JOB)
    environment = {**os.environ, "PYTHONPATH": str(Path(fastnn.__file__).parents[1])}
    command = [sys.executable, str(folder / "job.py"), str(folder / "once.py")]
    done = [subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300) for _ in range(2)]
    assert [d.returncode for d in done] == [0, 0], done[0].stderr
    return [[int(line) for line in d.stdout.split()] for d in done]


def test_the_first_process_compiles_and_the_second_does_not(counts):
    first, second = counts
    assert first[0] >= 3 and second == [0, 0, 0]


def test_another_value_of_a_number_compiles_nothing_but_a_choice_does(counts):
    _, other_numbers, other_choice = counts[0]
    assert other_numbers == 0 and other_choice == 1
