"""Small networks on CUDA: many steps in one launch, on the emulator against the CPU and against enqueued launches."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from every_part import bounds
from on_both import SAMPLES, Case

import fastnn
from fastnn import Network, cost
from fastnn.cuda import code, resident
from fastnn.cuda import program as cuda_program
from fastnn.cuda.combined import combined
from fastnn.cuda.emulator import Emulator
from fastnn.cuda.enqueued import Enqueued
from fastnn.cuda.kernels import wide_rows
from fastnn.cuda.kernels.resident import ROWS
from fastnn.cuda.lowering import lower
from fastnn.cuda.one_launch import OneLaunch
from fastnn.cuda.registry import KERNELS
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan
from fastnn.testing.ptx import PTXError

SHAPES = [
    {"hidden": (9, 6)},
    {"dtype": "float64", "hidden": (9, 6)},
    {"hidden": (6, 17)},
    {"dtype": "float64", "hidden": (17, 1, 33)},
]


class Small(Case):
    """A network that makes its steps in one launch."""

    def on(self, device):
        made = super().on(device)
        assert device == "cpu" or isinstance(made._path, OneLaunch)
        return made


def test_no_part_is_left_out():
    found = [combined(optimizer) for optimizer in bounds("optimizer")]
    for kind, used in (
        ("activation", [bound for one in found for bound in one.activations]), ("loss", [one.loss for one in found]),
    ):  # fmt: skip
        assert {bound.name for bound in used} == {bound.name for bound in bounds(kind)}


@pytest.mark.toolkit
@pytest.mark.parametrize(
    ("number", "optimizer"), list(enumerate(bounds("optimizer"))), ids=lambda v: getattr(v, "name", "")
)
def test_every_part(number, optimizer, monkeypatch):
    """The kernels that are inspected and run on odd shapes, within a training."""
    with_it, shape = combined(optimizer), SHAPES[number % len(SHAPES)]
    activations = [*with_it.hidden, with_it.hidden[0]][: len(shape["hidden"])]
    case = Small(
        loss=with_it.loss, optimizer=optimizer, activation=activations, output_activation=with_it.output, **shape,
        **with_it.settings,
    )  # fmt: skip
    monkeypatch.setattr(wide_rows, "WIDE", 1 if with_it.wide else wide_rows.WIDE)
    case.compare()
    [form] = KERNELS["steps"].variants(optimizer, case.plan.dtype)
    with case.on("cuda") as made:
        assert made._path.variant.key == form.key


@pytest.mark.toolkit
@pytest.mark.parametrize(
    ("blocks", "settings"),
    [
        (16, {"hidden": ()}),
        (16, {"batch_size": 1}),
        (16, {"batch_size": 1000}),
        (2, {"batch_size": 37}),  # each block takes its rows in three rounds, the last of them ragged
        (1, {"batch_size": 17}),
        (3, {"batch_size": 33, "activation": ["prelu"], "clip_norm": 0.1, "dropout": 0.2}),
    ],
    ids=str,
)
def test_any_batch(monkeypatch, blocks, settings):
    monkeypatch.setattr(resident, "MOST_BLOCKS", blocks)
    Small(**settings).compare(epochs=2)


@pytest.mark.toolkit
def test_equal_to_enqueued_launches(monkeypatch):
    """With one block, sums have the same order: then not only the formulas have equal bits, but everything."""
    case = Case(activation="gelu", hidden=(7, 6), dropout=0.3, batch_size=8, l2=0.1)
    found = []
    for small in (True, False):
        monkeypatch.setattr(cuda_program, "fits", lambda *_, small=small: small)
        with case.on("cuda") as made:
            assert isinstance(made._path, OneLaunch if small else Enqueued)
        found.append(case.train("cuda"))
    assert found[0][0] == found[1][0]
    for one, other in zip(found[0][1:], found[1][1:], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.toolkit
def test_rows_that_are_missing_leave_nothing():
    """A block has rows for 8 samples. Those that are not there must not reach a formula that is infinite at 0."""

    def pole(x, scale):
        return scale * x if x != 0 else scale / x

    def pole_derivative(x, y, scale):
        return scale if x != 0 else scale / x, y / scale

    activation = fastnn.Activation(
        "pole", pole, derivative=pole_derivative, parameters={"scale": 0.5}, trainable=("scale",)
    )  # fmt: skip
    [run] = Small(activation=activation(), hidden=(4,), optimizer="sgd", batch_size=13).compare()
    assert run.finite and not run.diverged


@pytest.mark.toolkit
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])  # 1e30: the loss overflows
def test_a_training_that_diverges_keeps_the_parameters_before_the_bad_step(bad):
    case = Small(shuffle=False, activation="relu")
    case.X[17] = bad  # in the second of three steps
    [run] = case.compare(subset=np.arange(SAMPLES))
    assert (run.steps, run.diverged) == (1, True)


@pytest.mark.toolkit
def test_the_last_step_says_whether_all_parameters_are_finite():  # no loss has seen it
    rule = fastnn.Optimizer("sudden", lambda p, g, lr: p * lr * 1e30, state={}, hyper={"lr": 1e30})
    [run] = Small(optimizer=rule(), batch_size=1000).compare()
    assert (run.finite, run.diverged, run.steps) == (False, False, 1)


@pytest.mark.toolkit
def test_launches_follow_from_the_cost_model(monkeypatch):
    found = []
    for steps_of_a_launch, launches in ((1000, 1), (11, 1), (10, 2), (4, 3), (1, 11)):
        case = Small(batch_size=4, hidden=(5, 4), dropout=0.2)
        longest = resident.seconds(case.plan, 4) * (steps_of_a_launch + 0.5)
        monkeypatch.setattr(resident, "LONGEST", longest)
        with case.on("cuda") as made:
            made.compile()
            before = made.context.launches, made.context.waits
            run = made.train(case.X, case.y, np.arange(SAMPLES), 1)
            assert run.steps == made.steps == 11
            assert made.context.launches - before[0] == launches
            assert made.context.waits - before[1] == 2  # the flags and the losses, after the last launch
            found.append(made.snapshot()[0])
    for other in found[1:]:
        assert np.array_equal(other, found[0])


@pytest.mark.toolkit
def test_an_interrupted_epoch_counts_the_steps_of_its_launches(monkeypatch):
    case = Small(batch_size=4)
    monkeypatch.setattr(resident, "LONGEST", resident.seconds(case.plan, 4) * 3.5)
    with case.on("cuda") as made:
        enqueue, launches = made._path.enqueue, []

        def interrupted(*arguments):
            if len(launches) == 2:
                raise KeyboardInterrupt
            launches.append(enqueue(*arguments))

        monkeypatch.setattr(made._path, "enqueue", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.train(case.X, case.y, np.arange(SAMPLES), 1)
        assert made.steps == 6


@pytest.mark.toolkit
def test_few_launches_are_enqueued_at_once(monkeypatch):
    """After Ctrl-C the host waits for all that it has enqueued: that must not be the rest of a long epoch."""
    case, events, left = Small(batch_size=4), [], []
    monkeypatch.setattr(resident, "LONGEST", resident.seconds(case.plan, 4) * 1.5)

    def wait(device, begin, end):
        left.append(len(events) - end)
        if len(events) == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(Emulator, "record", lambda device: events.append(0) or len(events))
    monkeypatch.setattr(Emulator, "seconds", wait)
    with case.on("cuda") as made:
        with pytest.raises(KeyboardInterrupt):
            made.train(case.X, case.y, np.arange(SAMPLES), 1)
        assert made.steps == 9
    assert left == [1] * 8


@pytest.mark.toolkit
@pytest.mark.parametrize("schedule", ["warps", "blocks"])
def test_the_order_of_warps_and_blocks_changes_no_bit(monkeypatch, schedule):
    case = Small(hidden=(9,), activation="prelu", dropout=0.2, clip_norm=0.1, batch_size=29)
    wanted = case.train("cuda")
    assert wanted[0] == case.train("cuda")[0]
    monkeypatch.setattr(Emulator, "schedule", schedule)
    for seed in range(2):
        monkeypatch.setattr(Emulator, "seed", seed)
        found = case.train("cuda")
        assert found[0] == wanted[0]
        for one, other in zip(found[1:], wanted[1:], strict=True):
            assert np.array_equal(one, other)


@pytest.mark.toolkit
def test_a_small_card_gives_the_same_bits(monkeypatch):
    """It has fewer multiprocessors than a batch has blocks, of which several take parameters."""
    case, found, grids = Small(hidden=(60,), activation="prelu", dropout=0.2, clip_norm=0.1, batch_size=41), [], []
    launch = Emulator.launch
    monkeypatch.setattr(Emulator, "launch", lambda *a, **more: grids.append(a[2]) or launch(*a, **more))
    for multiprocessors in (16, 4, 1):
        monkeypatch.setattr(Emulator, "multiprocessors", multiprocessors)
        found.append(case.train("cuda", epochs=2, subset=np.arange(SAMPLES)))
        assert grids[0] == (min(6, multiprocessors), 1)
        grids.clear()
    for other in found[1:]:
        assert other[0] == found[0][0]
        for one, another in zip(found[0][1:], other[1:], strict=True):
            assert np.array_equal(one, another)


BARRIER = re.compile(r"bar\.sync\s+0;|call\.uni \(retval\d*\),\s*cudaCGSynchronize,\s*\([^)]*\);", re.DOTALL)


@pytest.mark.toolkit
@pytest.mark.parametrize("settings", [{"loss": "cross_entropy"}, {"activation": "prelu", "clip_norm": 0.1}], ids=str)
def test_every_barrier_is_needed(monkeypatch, settings):
    case = Small(hidden=(17, 9), batch_size=33, **settings)
    monkeypatch.setattr(resident, "MOST_BLOCKS", 3)  # two rounds
    monkeypatch.setattr(Emulator, "multiprocessors", 2)  # a block does the work of two
    case.train("cuda")
    with case.on("cuda") as made:
        text = code.ptx(made._path.variant, (8, 0))
    barriers, load = list(BARRIER.finditer(text)), Emulator.load
    assert len(barriers) == (17 if "clip_norm" in settings else 7)
    for barrier in barriers:
        broken = (text[: barrier.start()] + text[barrier.end() :]).encode()
        monkeypatch.setattr(
            Emulator, "load", lambda device, _, *which, broken=broken: load(device, broken, *which)
        )  # fmt: skip
        with case.on("cuda") as made, pytest.raises(PTXError):
            made.train(case.X, case.y, np.arange(SAMPLES), 1)


@pytest.mark.toolkit
def test_more_shared_memory_than_a_kernel_usually_has(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 64)), rng.integers(0, 10, 20)
    net = Network([64, 128, 10])
    assert 48 * 1024 < resident.residence(net.plan, lower(net.plan)).nbytes < 64 * 1024
    options = {"epochs": 1, "validation": None, "device": "cuda"}
    fastnn.train(net, X, y, **options)
    load = Emulator.load
    monkeypatch.setattr(Emulator, "load", lambda device, text, name, shared=0: load(device, text, name))
    with pytest.raises(fastnn.DeviceError, match="asked for 56032 bytes of shared memory, not at most 49152"):
        fastnn.train(net, X, y, **options)


def chosen(sizes, batch_size=128, dtype="float32", **settings):
    parts = {"loss": resolve("loss", "mse"), "optimizer": resolve("optimizer", "adam")}
    plan = training_plan(Network(sizes, dtype=dtype).plan, batch_size=batch_size, **parts, **settings)
    return resident.fits(plan, lower(plan)), plan


def test_the_plan_chooses():
    assert chosen([64, 128, 10])[0]
    assert chosen([13, 32, 1], 32, "float64")[0]
    assert chosen([30, 64, 64, 2], 1024)[0]
    assert not chosen([30, 64, 64, 2], 1025)[0]
    assert not chosen([30, 64, 64, 2], None)[0]
    assert not chosen([64, 128, 10], dtype="float64")[0]
    assert not chosen([784, 128, 10])[0]
    assert not resident.fits(Network([2, 1]).plan, lower(Network([2, 1]).plan))


def test_the_estimates_for_auto_are_those_of_the_way_that_is_taken():
    assert (cost.BLOCK_ROWS, cost.BLOCKS) == (ROWS, resident.MOST_BLOCKS)
    networks = [13, 32, 1], [64, 128, 10], [64, 140, 10]
    for sizes, batch_size, dtype in itertools.product(networks, (1, 1024, 1025, None), ("float32", "float64")):
        (fits, plan), rows = chosen(sizes, batch_size, dtype), batch_size or 500
        wanted = resident.seconds(plan, rows) if fits else cost.step_of_launches(sizes, rows, dtype)
        assert resident.estimate(plan, rows) == wanted


def test_a_launch_is_short():
    for sizes, batch in (([2, 1], 1), ([64, 128, 10], 128), ([30, 64, 64, 2], 1024)):
        for settings in ({}, {"clip_norm": 1.0}):
            plan = chosen(sizes, batch, **settings)[1]
            steps = resident.steps_of_a_launch(plan, batch)
            assert 100 < steps < 30_000
            assert 0.05 < steps * resident.seconds(plan, batch) <= 0.1
    grids = [resident.grid_of(batch) for batch in (1, 128, 129, 1024)]
    assert grids == [(1, 1), (16, 1), (16, 2), (16, 8)]
