"""A warp a row: the results of a thread a row, for the losses and softmax that have such kernels; and which have."""

from __future__ import annotations

import numpy as np
import pytest
from every_part import bounds, named, other
from on_both import SAMPLES, Case
from on_device import launch, numbers

import fastnn
from fastnn.cuda import program as cuda_program
from fastnn.cuda.emulator import Emulator
from fastnn.cuda.kernels.loss import loss_alone, loss_and_gradient, row_activation
from fastnn.cuda.kernels.wide import wide_loss_alone, wide_loss_and_gradient, wide_row_activation
from fastnn.cuda.kernels.wide_rows import WIDE, by_warps
from fastnn.parts.registry import resolve

CLOSE = {"float32": 1e-6, "float64": 1e-14}
ROWS, COLUMNS, NEVER = 6, 101, 2**31 - 1
SOFTMAX, CROSS_ENTROPY = resolve("activation", "softmax"), resolve("loss", "cross_entropy")
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def outputs_and_targets(bound, dtype):
    rng = np.random.default_rng(8)
    shape = (ROWS, COLUMNS)
    targets = {
        "real": rng.standard_normal(shape), "positive": rng.random(shape) + 0.1, "count": rng.integers(0, 5, shape),
        "binary": rng.integers(0, 2, shape), "sign": rng.integers(0, 2, shape) * 2 - 1,
        "class": rng.integers(0, COLUMNS, (ROWS, 1)),
    }  # fmt: skip
    return (rng.standard_normal(shape) * 3).astype(dtype), targets[bound.part.target].astype(dtype)


def on_both(bound, activation, z, targets, dtype):
    """What both kernels leave, and both that compute the loss alone."""
    given = {
        "output": z, "targets": targets, "ids": np.arange(ROWS), "width": targets.size // ROWS, "work": z.size,
        "losses": ROWS, "rows": ROWS, "columns": COLUMNS, "loss_constants": numbers(bound.numbers.values(), dtype),
    }  # fmt: skip
    more = {"delta": z.size, "scale": 0.125, "first_bad": np.array([NEVER]), "activation_constants": np.zeros(1)}
    more |= {"activated": z.size} if activation else {"derivative": z + 1.0}
    return [
        [launch(make(bound, activation, 0, dtype), **given, **more), launch(alone(bound, dtype), **given)]
        for make, alone in ((loss_and_gradient, loss_alone), (wide_loss_and_gradient, wide_loss_alone))
    ]


@pytest.mark.toolkit
@DTYPES
@pytest.mark.parametrize("activation", [None, SOFTMAX], ids=["", "softmax"])
@named([other(bound) for bound in bounds("loss") if by_warps(bound, None, WIDE)])
def test_losses(bound, activation, dtype):
    z, targets = outputs_and_targets(bound, dtype)
    narrow, wide = on_both(bound, activation, z, targets, dtype)
    exact = activation is None and not bound.part.rowwise
    for one, another in zip(narrow, wide, strict=True):
        for name in ("losses", *(n for n in ("delta", "activated") if n in one)):
            if exact:
                assert np.array_equal(one[name].view("u1"), another[name].view("u1")), name
            close = CLOSE[dtype] * (1.0 + np.abs(one[name]).max())
            np.testing.assert_allclose(another[name], one[name], rtol=0, atol=close, err_msg=name)


@pytest.mark.toolkit
@DTYPES
def test_softmax_alone(dtype):
    z, _ = outputs_and_targets(CROSS_ENTROPY, dtype)
    given = {"output": z, "activated": z.size, "rows": ROWS, "columns": COLUMNS, "activation_constants": np.zeros(1)}
    one, another = (
        launch(make(SOFTMAX, dtype), **given)["activated"] for make in (row_activation, wide_row_activation)
    )
    np.testing.assert_allclose(another, one, rtol=CLOSE[dtype])


@pytest.mark.toolkit
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(bad):
    """-inf is the logit of a class that cannot be. Everything else is the end of the training."""
    z, targets = outputs_and_targets(CROSS_ENTROPY, "float32")
    z[4, 70], targets[4] = bad, 3
    narrow, wide = on_both(CROSS_ENTROPY, None, z, targets, "float32")
    for one, another in zip(narrow, wide, strict=True):
        np.testing.assert_allclose(another["losses"], one["losses"], rtol=1e-6)
    assert narrow[0]["first_bad"] == wide[0]["first_bad"] == (NEVER if bad == -np.inf else 0)


@pytest.mark.toolkit
@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "cross_entropy"}, {"loss": "cross_entropy:label_smoothing=0.1", "output_activation": "prelu"},
        {"loss": "mae", "output_activation": "softmax"}, {"loss": "huber", "output_activation": "tanh"},
    ],
    ids=str,
)  # fmt: skip
def test_a_training(settings, small, monkeypatch):
    """As on the CPU, in both ways through an epoch; and no bit depends on the order of the warps."""
    monkeypatch.setattr(cuda_program, "fits", lambda *_: small)
    case = Case(hidden=(6,), outputs=70, optimizer="momentum", **settings)
    case.compare()
    wanted = case.train("cuda")
    monkeypatch.setattr(Emulator, "schedule", "warps")
    for one, another in zip(case.train("cuda")[1:], wanted[1:], strict=True):
        assert np.array_equal(one, another)


@pytest.mark.toolkit
def test_both_ways_through_an_epoch_have_equal_bits(monkeypatch):
    case, found = Case(loss="cross_entropy", hidden=(6,), outputs=70, batch_size=8), []
    for small in (True, False):
        monkeypatch.setattr(cuda_program, "fits", lambda *_, small=small: small)
        found.append(case.train("cuda", subset=np.arange(SAMPLES)))
    for one, another in zip(found[0][1:], found[1][1:], strict=True):
        assert np.array_equal(one, another)


def test_which_rows_have_a_warp():
    plugin = fastnn.Loss("mine", lambda p, t: 0.0, gradient=lambda p, t, out: 0.0, rowwise=True, target="class")()
    mse = resolve("loss", "mse")
    assert by_warps(CROSS_ENTROPY, None, WIDE) and by_warps(mse, SOFTMAX, WIDE) and by_warps(None, SOFTMAX, WIDE)
    assert not by_warps(CROSS_ENTROPY, None, WIDE - 1)
    assert not by_warps(plugin, None, WIDE) and not by_warps(plugin, SOFTMAX, WIDE)
    activation = fastnn.Activation("mine", lambda x, y: None, derivative=lambda x, y, dy, dx: None, rowwise=True)()
    assert not by_warps(mse, activation, WIDE)
