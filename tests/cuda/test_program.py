"""The CUDA program on the emulator against the CPU's: the same protocol, the same numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from every_part import bounds, named
from on_both import CLOSE, OUTPUTS, SAMPLES, Case

import fastnn
from fastnn import Network
from fastnn.cuda import enqueued as cuda_enqueued
from fastnn.cuda import program as cuda_program
from fastnn.cuda.context import Context
from fastnn.cuda.program import CudaProgram
from fastnn.device import program

pytestmark = pytest.mark.toolkit
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.fixture(autouse=True)
def enqueued(monkeypatch):
    """No network is small: those that are have tests of their own."""
    monkeypatch.setattr(cuda_program, "fits", lambda *_: False)


@DTYPES
@named(bounds("activation"))
def test_every_activation(bound, dtype):
    where = {"output_activation": bound} if bound.part.rowwise else {"activation": bound}
    Case(dtype=dtype, **where).compare()


@DTYPES
@named(bounds("loss"))
def test_every_loss(bound, dtype):
    Case(loss=bound, dtype=dtype).compare()


@DTYPES
@named(bounds("optimizer"))
def test_every_optimizer(bound, dtype):
    Case(optimizer=bound, dtype=dtype).compare()


@DTYPES
@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.4, "hidden": (9, 8)},
        {"dropout": 0.3, "activation": "identity"},
        {"dropout": 0.3, "activation": "prelu", "output_activation": "prelu"},
        {"l1": 0.01, "l2": 0.1},
        {"clip_norm": 0.1, "l2": 0.1, "activation": "prelu"},
        {"measure_norm": True},
        {"batch_size": 1},
        {"batch_size": None},
        {"batch_size": 1000},
        {"shuffle": False},
        {"hidden": ()},
        {"hidden": (17, 1, 33), "output_activation": "tanh"},
        {"hidden": (4,), "output_activation": "softmax", "loss": "mae"},
    ],
    ids=str,
)
def test_settings(settings, dtype):
    Case(dtype=dtype, **settings).compare(epochs=2)


def test_a_plugin():
    def bent(x, slope, offset):
        return math.sin(x) + offset if x > 0 else slope * x - math.exp(x) / 3

    def bent_derivative(x, y, slope, offset):
        if x > 0:
            return math.cos(x), 0, 1
        return slope - math.exp(x) / 3, x, 0

    activation = fastnn.Activation(
        "bent", bent, derivative=bent_derivative, parameters={"slope": 0.1, "offset": 0.5},
        trainable=("slope", "offset"),
    )  # fmt: skip
    for dtype in CLOSE:
        Case(activation=activation(), dtype=dtype, clip_norm=1.0).compare(epochs=2)


@DTYPES
@pytest.mark.parametrize("activation", ["prelu", "gelu"])
@pytest.mark.parametrize(("loss", "output_activation"), [("cross_entropy", "identity"), ("mse", "softmax")])
def test_gradients(activation, loss, output_activation, dtype):
    case = Case(loss=loss, activation=activation, output_activation=output_activation, hidden=(7, 18), dtype=dtype)
    found = []
    for device in ("cpu", "cuda"):
        with case.on(device) as made:
            value, flat, deltas = made.gradients(case.X, case.y)
            found.append([np.array(value), *case.plan.views(flat), *deltas])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=CLOSE[dtype] * (1e-3 + np.abs(one).max()))


def test_gradients_of_a_loss_that_is_not_finite():
    case = Case(activation="relu")
    case.X[3, 2] = np.inf
    with case.on("cuda") as made:
        value, flat, _ = made.gradients(case.X, case.y)
    assert not math.isfinite(value)
    assert all(np.isnan(view).all() for view in case.plan.views(flat))


def test_large_batches_are_processed_in_chunks(monkeypatch):
    case = Case(activation="prelu", l2=0.1, batch_size=None, clip_norm=0.5)
    whole = case.train("cuda")
    for module in (cuda_enqueued, cuda_program):  # of training and of evaluation
        monkeypatch.setattr(module, "CHUNK_ROWS", 13)
    for one, other in zip(whole[1:], case.train("cuda")[1:], strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-7)
    case.compare()


def test_launches_and_waits():
    layers, steps = 3, 3
    for measured in (False, True):
        case = Case(hidden=(5, 4), measure_norm=measured, output_activation="softmax")
        with case.on("cuda") as made:
            made.compile()
            before = made.context.launches, made.context.waits
            made.train(case.X, case.y, np.arange(SAMPLES), 1)
            launches, waits = made.context.launches - before[0], made.context.waits - before[1]
            assert launches == steps * (3 * layers + 1 + measured)
            assert waits == 2 + measured  # the flags, the losses, the norm: all after the last step


def test_everything_is_compiled_before_the_first_epoch(monkeypatch):
    case = Case(clip_norm=1.0, output_activation="softmax", activation="prelu")
    with case.on("cuda") as made:
        made.compile()
        monkeypatch.setattr("fastnn.cuda.context.Loaded.__init__", None)
        made.train(case.X, case.y, np.arange(SAMPLES), 1)
        made.evaluate(case.X, case.y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])  # 1e30: the loss overflows
def test_a_training_that_diverges_keeps_the_parameters_before_the_bad_step(bad):
    case = Case(shuffle=False, hidden=(7,), activation="relu")
    case.X[17] = bad  # in the second step
    [run] = case.compare(subset=np.arange(SAMPLES))
    assert (run.steps, run.diverged) == (1, True)


def test_equal_runs_give_equal_bits():
    case = Case(dropout=0.5, activation="prelu", clip_norm=0.1)
    for one, other in zip(case.train("cuda")[1:], case.train("cuda")[1:], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("order", list(itertools.product(("cpu", "cuda"), repeat=2)))
def test_a_training_goes_on_on_the_other_device(order):
    case = Case(optimizer="nadam", dropout=0.2)
    wanted = case.train("cpu", epochs=2)
    subset = np.arange(1, SAMPLES)
    with case.on(order[0]) as first, case.on(order[1]) as second:
        first.train(case.X, case.y, subset, 1)
        second.restore(*first.snapshot(), first.steps)
        second.train(case.X, case.y, subset, 2)
        for one, other in zip(wanted[1:], second.snapshot(), strict=False):
            np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-6)
        assert second.steps == 6


def test_what_is_kept_stays_on_the_device():
    """Over the epochs of a training the host reads flags, losses and outputs: never parameters or the state."""
    read = []
    for device in ("cpu", "cuda"):
        case = Case(optimizer="nadam")
        with case.on(device) as made:
            if device == "cuda":
                made.context.read = lambda array, made=made: read.append(array) or Context.read(made.context, array)
            made.keep("first")
            for epoch in (1, 2, 3):
                made.train(case.X, case.y, np.arange(SAMPLES), epoch)
                made.evaluate(case.X, case.y)
                made.keep("last", *["best"] * (epoch == 2))
            if device == "cuda":
                assert len(read) == 3 * 4 and all(array.size <= SAMPLES * OUTPUTS for array in read)
            found = [*made.kept("first"), *made.kept("best"), *made.kept("last"), *made.snapshot()]
        if device == "cpu":
            wanted = found
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    assert np.array_equal(found[0], case.net.parameters)
    assert np.array_equal(found[4], found[6]) and not np.array_equal(found[2], found[4])


def test_the_last_update_says_whether_all_parameters_are_finite():
    """The parameters become infinite in the last step: the loss has not seen it."""

    def sudden(p, g, m, lr):
        return p * lr * 1e30, m

    found = []
    for device in ("cpu", "cuda"):
        case = Case(optimizer=fastnn.Optimizer("sudden", sudden, hyper={"lr": 1e30})(), batch_size=None)
        with case.on(device) as made:
            found.append(made.train(case.X, case.y, np.arange(SAMPLES), 1))
    assert [(run.finite, run.diverged, run.steps) for run in found] == [(False, False, 1)] * 2


def test_the_network_sees_the_parameters_and_may_change_them():
    case = Case()
    found = []
    for device in ("cpu", "cuda"):
        with case.on(device) as made:
            for epoch in (1, 2):
                made.train(case.X, case.y, np.arange(SAMPLES), epoch)
                made.pull()
                made.parameters *= 0.5
                made.push()
            found.append((made.parameters.copy(), made.evaluate(case.X)[0]))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


def test_an_interrupted_epoch_counts_its_steps(monkeypatch):
    case = Case()
    with case.on("cuda") as made:
        update, steps = made._launches.update, []

        def interrupted(*arguments, **more):
            if len(steps) == 2:
                raise KeyboardInterrupt
            steps.append(update(*arguments, **more))

        monkeypatch.setattr(made._launches, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.train(case.X, case.y, np.arange(SAMPLES), 1)
        assert made.steps == 2
        assert not np.array_equal(made.snapshot()[0], case.net.parameters)


def test_evaluation_of_no_samples_and_without_targets():
    case = Case(output_activation="softmax")
    with case.on("cuda") as made:
        assert made.evaluate(case.X[:0], case.y[:0])[0].shape == (0, OUTPUTS)
        outputs, loss = made.evaluate(case.X)
        assert math.isnan(loss)
        np.testing.assert_allclose(outputs.sum(1), 1.0, rtol=1e-6)


def test_memory_is_given_back():
    case = Case(measure_norm=True)
    with case.on("cuda") as made:
        used = []
        for epoch in range(3):
            made.train(case.X, case.y, np.arange(SAMPLES), epoch)
            made.evaluate(case.X[:20].copy(), case.y[:20].copy())
            made.gradients(case.X, case.y)
            used.append(len(made.context._arrays))
        assert used[0] + 4 >= used[1] == used[2]
    assert not made.context._arrays


def test_the_factory_makes_it():
    with program(Network([2, 1]).plan, Network([2, 1]).parameters, "cuda:0") as made:
        assert isinstance(made, CudaProgram)
