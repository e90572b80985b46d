"""`fastnn train --device cuda` and `fastnn.train(device="cuda")`, from end to end on the emulator."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import fastnn
from fastnn.cli.group import run

pytestmark = pytest.mark.toolkit


def test_digits_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for device in ("cpu", "cuda"):
        assert run(["train", "digits", "--device", device, "--epochs", "5", "--out", device, "--quiet"]) == 0
    capsys.readouterr()
    histories = []
    for device in ("cpu", "cuda"):
        with open(tmp_path / device / "metrics.csv", newline="") as file:
            histories.append(list(csv.DictReader(file)))
    assert len(histories[0]) == len(histories[1]) == 5
    for one, other in zip(*histories, strict=True):
        for name in ("train_loss", "validation_loss"):
            assert float(other[name]) == pytest.approx(float(one[name]), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_early_stopping_clipping_and_going_on(dtype):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4)).astype(dtype)
    y = X @ rng.standard_normal((4, 2)) + rng.standard_normal((60, 2)) * 0.1
    found = []
    for device in ("cpu", "cuda"):
        net = fastnn.Network([4, 6, 2], activation="tanh", dtype=dtype, seed=1)
        options = {"loss": "mse", "lr": 0.05, "batch_size": 16, "clip_norm": 1.0, "dropout": 0.1, "l2": 1e-3}
        first = fastnn.train(net, X, y, epochs=4, early_stopping=2, device=device, **options)
        second = fastnn.train(net, X, y, epochs=2, device=device, **options)
        records = first.history + second.history
        found.append((net.parameters.copy(), [(r.train_loss, r.validation_loss) for r in records]))
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=1e-5)
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=0, atol=1e-5)


def test_a_training_that_diverges():
    X = np.random.default_rng(0).standard_normal((40, 3)).astype("float32")
    messages = []
    for device in ("cpu", "cuda"):
        net = fastnn.Network([3, 5, 1], seed=1)
        with pytest.raises(fastnn.Diverged) as caught:
            fastnn.train(net, X, X[:, 0], loss="mse", optimizer="sgd", lr=1e6, epochs=30, batch_size=8, device=device)
        messages.append(str(caught.value))
        assert np.isfinite(net.parameters).all()
    assert messages[0] == messages[1]
