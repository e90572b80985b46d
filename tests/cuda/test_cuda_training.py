"""`fastnn train --device cuda` and `fastnn.train(device="cuda")`, from end to end on the emulator."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import fastnn
from fastnn.cli.group import run

pytestmark = pytest.mark.toolkit


def test_digits_on_the_command_line(tmp_path, monkeypatch, capsys, pytestconfig):
    monkeypatch.chdir(tmp_path)
    for device in ("cpu", "cuda"):
        assert run(["train", "digits", "--device", device, "--epochs", "5", "--out", device]) == 0
        said = "".join(capsys.readouterr())
        emulated = device == "cuda" and pytestconfig.getoption("--cuda") == "emulator"
        assert ("the emulator is used instead of a GPU" in said) == emulated
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


def test_forward_and_gradients():
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((40, 4)), rng.integers(0, 3, 40)
    net = fastnn.Network([4, 6, 3], activation="prelu", output_activation="softmax", seed=1)
    np.testing.assert_allclose(net.forward(X, device="cuda"), net.forward(X), rtol=1e-6)
    with pytest.raises(fastnn.UsageError, match=r"layers=True is computed on the CPU"):
        net.forward(X, layers=True, device="cuda")
    one, other = (fastnn.gradients(net, X, np.eye(3)[y], "mse", device=device) for device in ("cpu", "cuda"))
    assert other.loss == pytest.approx(one.loss, rel=1e-6)
    for wanted, found in zip(one.layers, other.layers, strict=True):
        for name in ("dW", "db", "dZ", "dX"):
            largest = np.abs(getattr(wanted, name)).max()
            np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=0, atol=1e-6 * largest)
        assert found.activation == pytest.approx(wanted.activation, rel=1e-5)


def test_predict_and_evaluate_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.csv").write_text("a,b,y\n" + "".join(f"{i},{i % 7},{i * 0.5 - i % 7}\n" for i in range(60)))
    assert run(["train", "lines.csv", "--epochs", "2", "--out", "run", "--quiet"]) == 0
    outputs = []
    for device in ("cpu", "cuda"):
        assert run(["predict", "run", "lines.csv", "-o", f"{device}.csv", "--device", device]) == 0
        capsys.readouterr()
        assert run(["evaluate", "run", "lines.csv", "--json", "--device", device]) == 0
        measured = json.loads(capsys.readouterr().out)
        predicted = np.loadtxt(f"{device}.csv", delimiter=",", skiprows=1)
        outputs.append((predicted, [measured["loss"], measured["rmse"]]))
    for one, other in zip(*outputs, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)


@pytest.mark.emulator
def test_auto_never_picks_the_emulator(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["train", "digits", "--device", "auto", "--epochs", "1", "--out", "run"]) == 0
    assert "device auto: the CPU is used, because FASTNN_CUDA=emulator" in "".join(capsys.readouterr())
