"""Threads: the same bits for any number of threads, and no hangs."""

from __future__ import annotations

import itertools
import math
import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

import fastnn
from fastnn.cpu import program, team
from fastnn.cpu.barrier import DEAD, ENDED
from fastnn.cpu.team import SHORT_RUN_SECONDS, Team, team_size
from fastnn.cpu.trial import Trial
from fastnn.parts.registry import resolve

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1001, 20)).astype(np.float32)
Y = RNG.integers(0, 5, 1001)

RUNS = {
    "own rows": {"batch_size": 128},
    "shared tiles": {"batch_size": 20},
    "all at once": {"batch_size": 1000, "dropout": 0.3, "clip_norm": 0.5, "l1": 1e-4, "l2": 1e-3},
    "shared tiles with dropout": {"batch_size": 33, "dropout": 0.5, "optimizer": "momentum"},
    "shared tiles of one layer": {"batch_size": 128, "hidden": (300, 300), "dropout": 0.1},
    "several pieces of a layer": {"batch_size": 100, "hidden": (800, 200), "clip_norm": 0.5},
}


def bits(threads: int, hidden: tuple[int, ...] = (33, 17), **settings) -> bytes:
    net = fastnn.Network([20, *hidden, 5], ["prelu", "mish"], seed=1)
    fastnn.train(net, X, Y, epochs=2, threads=threads, **settings)
    return net.parameters.tobytes()


def fastnn_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("fastnn")]


class Only(Trial):
    """No trial: all threads from the first step on."""

    def __init__(self, size):
        super().__init__(size)
        self.chosen = self._other = size


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_the_same_bits_for_any_number_of_threads(settings, monkeypatch):
    monkeypatch.setattr(program, "Trial", Only)
    assert len({bits(threads, **settings) for threads in (1, 2, 3, 8)}) == 1


def test_the_trial_changes_nothing():
    assert bits(2, batch_size=16) == bits(1, batch_size=16)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no processes")
def test_pinned_to_one_core():
    text = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); sys.path.insert(0, 'tests/cpu')\n"
        "from fastnn.cpu import program; import test_team; program.Trial = test_team.Only\n"
        "print(len({test_team.bits(threads, batch_size=128) for threads in (1, 2, 8)}))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "1"


def test_a_member_that_dies_ends_the_run(monkeypatch):
    """Member 1 fails before it meets the others, who are in compiled code."""
    real = program.run

    def run(member, *arguments):
        if member == 1:
            raise MemoryError("no room")
        return real(member, *arguments)

    monkeypatch.setattr(program, "run", run)
    monkeypatch.setattr(program, "Trial", Only)
    net = fastnn.Network([20, 33, 5])
    with pytest.raises(fastnn.FastnnError, match=r"Thread 1 of the training failed.*no room"):
        fastnn.train(net, X, Y, threads=3, batch_size=128)
    assert np.isfinite(net.parameters).all()
    assert fastnn_threads() == []


def test_a_member_that_dies_in_the_middle(monkeypatch):
    """Member 1 leaves after three steps, while the others wait for it in compiled code; what they did is undone."""
    real = program.run

    def run(member, team, job, *arguments):
        if member == 1:
            job = job.copy()
            job["end_step"] = 3
            real(member, team, job, *arguments)
            raise RuntimeError("gone")
        return real(member, team, job, *arguments)

    monkeypatch.setattr(program, "run", run)
    monkeypatch.setattr(program, "Trial", Only)
    for batch_size in (16, 128):  # tiles shared, and rows of one's own
        net = fastnn.Network([20, 33, 5])
        before = net.parameters.copy()
        with pytest.raises(fastnn.FastnnError, match=r"Thread 1 of the training failed.*gone"):
            fastnn.train(net, X, Y, threads=3, batch_size=batch_size)
        assert (net.parameters == before).all()
    assert fastnn_threads() == []


def test_a_formula_that_cannot_be_compiled_leaves_no_threads(monkeypatch):
    def fail(*_):
        raise fastnn.PluginError("no such function")

    monkeypatch.setattr(program, "optimizer_kernels", fail)
    with pytest.raises(fastnn.PluginError):
        fastnn.train(fastnn.Network([20, 5]), X, Y, threads=2)
    assert fastnn_threads() == []


def test_a_forward_pass_and_gradients_start_no_threads(monkeypatch):
    """They are over before a thread has started, and the calling thread can do them."""

    def fail(*_):
        raise AssertionError("a team was made")

    monkeypatch.setattr(program, "Team", fail)
    net = fastnn.Network([20, 33, 5])
    assert net.forward(X).shape == (1001, 5)
    assert fastnn.gradients(net, X, Y, "cross_entropy").loss > 0


def test_a_large_evaluation_is_shared_by_the_team(monkeypatch):
    """With the bits that one thread computes."""
    monkeypatch.setattr(program, "ONE_THREAD_WORK", 0)
    net = fastnn.Network([20, 33, 5], "mish")
    plan = replace(net.plan, loss=resolve("loss", "cross_entropy"))
    targets = Y[:, None].astype(np.float32)
    found = set()
    for threads in (1, 2, 3):
        with program.CpuProgram(plan, net.parameters, threads) as p:
            outputs, loss = p.evaluate(X, targets)
            found.add((outputs.tobytes(), loss))
    monkeypatch.setattr(program, "ONE_THREAD_WORK", math.inf)
    with program.CpuProgram(plan, net.parameters, 2) as p:
        outputs, loss = p.evaluate(X, targets)
    assert found == {(outputs.tobytes(), loss)}
    assert fastnn_threads() == []


def test_those_who_wait_leave_when_one_is_dead():
    with Team(2) as team:
        team.run(lambda member, size: member)
        with pytest.raises(fastnn.FastnnError, match="Thread 0"):
            team.run(lambda member, size: 1 // member)
        assert team.sync[DEAD] == 1
        assert team.run(lambda member, size: member + 10) == 10


def test_ctrl_c_that_takes_a_message_away(monkeypatch):
    """The signal comes just when a member's report has been taken from the queue; nobody waits for another."""

    class Interrupted(queue.SimpleQueue):
        def get(self, *arguments, **settings):
            if threading.current_thread() is not threading.main_thread():
                return super().get(*arguments, **settings)
            super().get(*arguments, **settings)
            raise KeyboardInterrupt

    monkeypatch.setattr(queue, "SimpleQueue", Interrupted)
    with Team(2) as team, pytest.raises(KeyboardInterrupt):
        team.run(lambda member, size: member)


def long_training(**settings):
    net = fastnn.Network([20, 256, 256, 5])
    rows = np.tile(X, (400, 1))
    began = time.perf_counter()
    try:
        fastnn.train(net, rows, np.tile(Y, 400), validation=None, **settings)
    except KeyboardInterrupt as interrupt:
        return time.perf_counter() - began, interrupt, net
    raise AssertionError("was not interrupted")


def test_other_signals_stop_the_threads_first():
    """An exception from a signal handler ends the training only after all threads have stopped."""

    class Terminated(Exception):
        pass

    def terminate(*_):
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    net = fastnn.Network([20, 256, 256, 5])
    parameters = net.parameters.copy()
    try:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(Terminated):
            fastnn.train(net, np.tile(X, (400, 1)), np.tile(Y, 400), epochs=1000, batch_size=16)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert fastnn_threads() == []
    assert (net.parameters == parameters).all()


@pytest.mark.parametrize("settings", [{"batch_size": 16}, {"optimizer": "gd", "epochs": 1000}], ids=["many", "one"])
def test_ctrl_c_ends_a_long_epoch(settings):
    """Also one that is a single step on all data."""
    settings = {"epochs": 1, **settings}
    fastnn.train(fastnn.Network([20, 256, 256, 5]), X, Y, **{**settings, "epochs": 1})  # what follows compiles nothing
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    seconds, interrupt, net = long_training(**settings)
    assert seconds < 0.3 + 1.0
    assert len(interrupt.result.history) < settings["epochs"]
    assert np.isfinite(net.parameters).all()
    assert fastnn_threads() == []


def test_several_trainings_at_once():
    alone = bits(2, batch_size=128)
    found = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: bits(2, batch_size=128)})) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [alone] * 3


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Python 3.12 on forks of processes with threads
def test_fork_after_a_training():
    alone = bits(2, batch_size=128)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(bits, (2,), {"batch_size": 128}).get(timeout=60) == alone


def forked_in_on_epoch(verdict, **settings) -> int:
    """Train, and fork in the first epoch; the exit code of the child, which is verdict(parent, result or error)."""
    parent, children = os.getpid(), []

    def on_epoch(record):
        if os.getpid() == parent and record.epoch == 1:
            children.append(os.fork())
            if children == [0]:
                signal.alarm(60)  # should it hang
                return settings.get("answer")
        return None

    net = fastnn.Network([20, 33, 5])
    training = {name: value for name, value in settings.items() if name != "answer"}
    try:
        outcome = fastnn.train(net, X, Y, on_epoch=on_epoch, **training)
    except fastnn.FastnnError as error:
        outcome = error
    finally:
        if os.getpid() != parent:
            code = 1
            try:
                code = verdict(parent, outcome)
            finally:
                os._exit(code)  # the tests go on in the parent only
    return os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("short", [SHORT_RUN_SECONDS, -1.0], ids=["runs of the calling thread", "runs of the workers"])
def test_a_forked_process_cannot_continue_a_training(threads, short, monkeypatch):
    """The threads that it would wait for are not there. It may train anew."""
    monkeypatch.setattr(team, "SHORT_RUN_SECONDS", short)
    reference = bits(threads)

    def verdict(parent, outcome):
        words = f"began in process {parent}, and a forked process cannot continue it"
        return 0 if words in str(outcome) and bits(threads) == reference else 2

    assert forked_in_on_epoch(verdict, epochs=3, threads=threads) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
def test_a_forked_process_may_stop_a_training():
    def verdict(parent, outcome):
        return 0 if outcome.stopped == "callback" and len(outcome.history) == 1 else 2

    assert forked_in_on_epoch(verdict, epochs=3, threads=2, answer="stop") == 0


def test_threads_are_a_positive_integer(monkeypatch):
    for wrong in (0, -1, 1.5, True, "2", 5000):
        with pytest.raises(fastnn.UsageError, match="threads"):
            team_size(wrong)
    assert team_size(3) == 3
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert team_size(None) == 1


@pytest.mark.parametrize("threads", ["0", "-1", "two", ""])
def test_the_variable_is_named_where_its_number_is_none(threads):
    environment = os.environ | {"NUMBA_NUM_THREADS": threads}
    doctor = [sys.executable, "-m", "fastnn", "doctor"]
    done = subprocess.run(doctor, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert f"problem  NUMBA_NUM_THREADS={threads} is not allowed" in done.stdout
    assert done.stderr == ""


def use(trial: Trial, seconds_a_step: dict[int, float], epochs: int, steps: int = 1000) -> dict[int, int]:
    """Steps that each team did in so many epochs, where a step takes so long."""
    done = dict.fromkeys(seconds_a_step, 0)
    for _ in range(epochs):
        remaining = steps
        while remaining:
            threads, turn = trial.turn(remaining)
            assert 1 <= turn <= remaining
            trial.record(threads, turn, turn * seconds_a_step[threads])
            done[threads] += turn
            remaining -= turn
    return done


@pytest.mark.parametrize("steps", [1, 30, 100_000])
@pytest.mark.parametrize("faster", [1, 4])
def test_trial_takes_the_faster(faster, steps):
    trial = Trial(4)
    done = use(trial, {1: 3e-4, 4: 3e-4, faster: 1e-4}, 300_000 // steps, steps)
    assert trial.chosen == faster and done[faster] > 0.95 * sum(done.values())
    assert trial.expected(faster, 10) == pytest.approx(1e-3)
    assert Trial(1).turn(7) == (1, 7)


def test_trial_notices_when_a_core_comes_and_goes():
    trial = Trial(2)
    alone, together = {1: 2e-4, 2: 9e-4}, {1: 2e-4, 2: 1e-4}
    for times, chosen in ((together, 2), (alone, 1), (together, 2)):
        use(trial, times, 50)
        assert trial.chosen == chosen


@pytest.mark.parametrize("slower, soonest, latest", [(1.0, 0.01, 0.05), (1.3, 0.05, 0.2), (3.0, 0.2, 0.5)])
def test_a_try_that_lost_little_is_repeated_soon(slower, soonest, latest):
    """A busy moment may have spoilt it. One that lost much is repeated late, so that tries cost little in all."""
    trial, turns = Trial(2), []
    for _ in range(50):
        threads, steps = trial.turn(1000)
        seconds = steps * (1e-3 if threads == 1 else slower * 1e-3)
        trial.record(threads, steps, seconds)
        turns.append((threads, seconds))
    spans = [sum(seconds for _, seconds in span) for _, span in itertools.groupby(turns, lambda turn: turn[0])]
    assert soonest < spans[2] < latest
    tries = spans[1::2]
    assert sum(tries) * (1 - 1 / slower) < 0.05 * sum(spans)


def test_short_runs_are_done_by_the_calling_thread():
    callers = []

    def function(member, size):
        callers.append((member, size, threading.current_thread() is threading.main_thread()))
        if member == 0:
            team.sync[ENDED] = 1
        return member

    with Team(2) as team:
        for size, seconds in ((1, 1e-3), (2, 1e-3), (1, 1.0), (2, 1.0)):
            assert team.run(function, size, seconds) == 0
            team._settle()
            assert sorted(callers) == [(0, size, seconds < 0.01), (1, 2, False)][:size]
            callers.clear()


def test_a_team_of_one_that_another_thread_makes_is_that_thread():
    """Ctrl-C does not reach that thread anyway, so nobody has to wait for it in another one."""
    found = []

    def work():
        with Team(1) as team:
            found.append(team.run(lambda member, size: (member, size, threading.current_thread(), fastnn_threads())))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(0, 1, thread, [])]


def test_a_member_that_fails_in_a_short_run():
    with Team(2) as team:

        def function(member, size):
            if member == 1:
                raise RuntimeError("gone")
            while not team.sync[DEAD]:
                os.sched_yield()

        with pytest.raises(fastnn.FastnnError, match=r"Thread 1 .*gone"):
            team.run(function, 2, 1e-3)
        with pytest.raises(ZeroDivisionError):
            team.run(lambda member, size: 1 // member, 2, 1e-3)
        assert team.sync[DEAD] == 1


@pytest.mark.parametrize("when", ["before", "behind"])
def test_ctrl_c_around_a_short_run(when):
    """Before the compiled code the others are sent away; behind it they have done all there was to do."""
    with Team(2) as team:

        def function(member, size):
            if member == 0 and when == "behind":
                team.sync[ENDED] = 1
            if member == 0:
                raise KeyboardInterrupt
            while not team.sync[DEAD] and not team.sync[ENDED]:
                os.sched_yield()

        with pytest.raises(KeyboardInterrupt):
            team.run(function, 2, 1e-3)
        assert team.sync[DEAD] == (when == "before")
        assert team.run(lambda member, size: member + 10) == 10


def cores(number_of_threads: int) -> list[set[int]]:
    """The cores that each member may use in a run by all, then by one, then by all again."""
    found = []
    with Team(number_of_threads) as team:
        for size, seconds in ((number_of_threads, 1.0), (1, 1.0), (number_of_threads, 1.0)):
            allowed = {}
            team.run(
                lambda member, _, allowed=allowed: allowed.update({member: os.sched_getaffinity(0)}), size, seconds
            )
            found.append(allowed)
    return found


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no threads")
def test_a_team_that_fills_the_machine_has_a_core_for_each():
    mine = os.sched_getaffinity(0)
    if len(mine) > 1:
        together, alone, again = cores(len(mine))
        assert set.union(*together.values()) == mine and all(len(own) == 1 for own in together.values())
        assert alone == {0: mine} and again == together
    assert all(own == mine for run in cores(len(mine) + 1) for own in run.values())
    assert os.sched_getaffinity(0) == mine


def test_an_interrupted_epoch_counts_its_steps(monkeypatch):
    """The optimizer's state has moved in these steps, so its clock has to be at the same place."""
    net = fastnn.Network([20, 8, 5], seed=0)
    call = program.CpuProgram._call

    def interrupted(self, *arguments):
        call(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(program.CpuProgram, "_call", interrupted)
    monkeypatch.setattr(program, "Trial", Only)
    with pytest.raises(KeyboardInterrupt):
        fastnn.train(net, X, Y, epochs=1, batch_size=100, validation=None, threads=2)
    assert net.continuation is not None and net.continuation.steps == 11
