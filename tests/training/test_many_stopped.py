"""What ends fastnn.train_many early: Ctrl-C, an exception, a fork. Every network keeps its best parameters."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

import fastnn
from fastnn.cpu import program

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 8)).astype(np.float32)
Y = RNG.normal(size=(400, 1)).astype(np.float32)
MANY = 10**6  # epochs that nobody waits for
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def many(networks, X=X, Y=Y, **settings):
    return fastnn.train_many(networks, X, Y, **{"loss": "mse", "lr": 0.1, "epochs": MANY, "threads": 2, **settings})


def nets(count=5):
    return [fastnn.Network([8, 16, 1], seed=seed) for seed in range(count)]


def fastnn_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("fastnn")]


class Mine(Exception):
    """An exception of the user's own."""


def fail():
    raise Mine


def interrupt():
    raise KeyboardInterrupt


def ctrl_c():
    signal.raise_signal(signal.SIGINT)  # the main thread gets the exception, this one goes on


@pytest.mark.parametrize("validation", [0.2, None])
@pytest.mark.parametrize(("end", "kind"), [(fail, Mine), (interrupt, KeyboardInterrupt), (ctrl_c, KeyboardInterrupt)])
def test_all_stop_and_keep_the_best(end, kind, validation):
    networks, told, ended = nets(), {}, []

    def on_epoch(number, record):
        told[number, record.epoch] = networks[number].parameters.copy()
        if number == 1 and record.epoch >= 20 and (0, 1) in told and not ended:
            ended.append(True)
            end()

    with pytest.raises(kind) as caught:
        many(networks, validation=validation, on_epoch=on_epoch)
    results = caught.value.results
    assert len(results) == 5 and fastnn_threads() == []
    assert results[0].history and len(results[1].history) >= 20
    assert [result.stopped for result in results][2:] == ["interrupted"] * 3
    for number, (net, result) in enumerate(zip(networks, results, strict=True)):
        if number > 1:  # they waited for a thread
            assert result.history == [] and result.last is None
            assert (net.parameters == nets()[number].parameters).all()
        elif validation is not None and (number, result.best_epoch) in told:
            assert (net.parameters == told[number, result.best_epoch]).all()
        else:
            assert np.isfinite(net.parameters).all() and (net.parameters != nets()[number].parameters).any()
    if end is not fail:
        assert {result.stopped for result in results} == {"interrupted"}
    results = many(networks, epochs=1)  # all can go on
    assert [len(result.history) for result in results] == [1] * 5


def test_ctrl_c_ends_a_long_epoch():
    """Also with no on_epoch, where the network looks at nothing but the compiled code's flag."""
    rows = np.tile(X, (2000, 1))
    networks = [fastnn.Network([8, 256, 256, 1], seed=seed) for seed in range(2)]
    many(networks, epochs=1)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt) as caught:
        many(networks, rows, np.tile(Y, (2000, 1)), validation=None, lr=1e-4)
    assert time.perf_counter() - began < 10
    assert [result.stopped for result in caught.value.results] == ["interrupted"] * 2
    assert all(np.isfinite(net.parameters).all() for net in networks) and fastnn_threads() == []
    for net in networks:  # the steps of the epoch that did not end are counted
        assert net.continuation.steps > 5


def test_a_stop_that_a_beginning_run_overlooks_is_repeated(monkeypatch):
    """The flag in compiled code is cleared at the begin of a run."""
    asked = []
    real = program.CpuProgram.stop

    def stop(self):
        asked.append(self)
        if len(asked) > 3:  # the first requests are lost
            real(self)

    monkeypatch.setattr(program.CpuProgram, "stop", stop)

    def on_epoch(number, record):
        if number == 1:
            raise Mine

    with pytest.raises(Mine):
        many([fastnn.Network([8, 256, 256, 1]), *nets(1)], np.tile(X, (2000, 1)), np.tile(Y, (2000, 1)),
             batch_size=[None, 400_000], epochs=[1000, MANY], on_epoch=on_epoch, validation=None)  # fmt: skip
    assert len(asked) > 3


def test_an_error_in_a_thread_is_raised_and_the_others_are_kept(monkeypatch):
    real = program.run

    def run(member, team, job, *arguments):
        if job["seed"] == 1 and job["epoch"] == 3:
            raise MemoryError("no room")
        return real(member, team, job, *arguments)

    monkeypatch.setattr(program, "run", run)
    networks = nets(2)
    with pytest.raises(MemoryError, match="no room") as caught:
        many(networks, seed=[0, 1])
    assert len(caught.value.results[1].history) == 2 and caught.value.results[0].stopped == "interrupted"


def test_a_training_within_on_epoch_that_diverges_is_an_error_of_on_epoch():
    def on_epoch(number, record):
        fastnn.train(nets(1)[0], X, Y, loss="mse", optimizer="sgd", lr=1e30)

    with pytest.raises(fastnn.Diverged) as caught:
        many(nets(2), on_epoch=on_epoch)
    assert [result.error for result in caught.value.results] == [None, None]


def in_a_fork(work) -> int:
    """Fork in on_epoch, and do the work in the child; its exit code."""
    parent, children = os.getpid(), []

    def on_epoch(number, record):
        if not children:
            children.append(os.fork())
            if children == [0]:
                signal.alarm(60)  # should it hang
                work()
        assert os.getpid() == parent or not children

    many(nets(2), epochs=3, on_epoch=on_epoch)
    assert os.getpid() == parent
    return os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1])


def train_anew():
    networks = nets(2)
    many(networks, epochs=2)
    alone = nets(2)
    for net in alone:
        fastnn.train(net, X, Y, loss="mse", lr=0.1, epochs=2)
    os._exit(0 if all((a.parameters == b.parameters).all() for a, b in zip(networks, alone, strict=True)) else 1)


@forks
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Python 3.12 on forks of processes with threads
@pytest.mark.parametrize(
    ("work", "code"), [(lambda: None, 1), (fail, 1), (lambda: sys.exit(3), 3), (sys.exit, 0), (train_anew, 0)]
)
def test_a_forked_process_ends_or_trains_anew(work, code, capfd):
    assert in_a_fork(work) == code
    if work is fail:
        assert "Mine" in capfd.readouterr().err
