"""A target is scaled to what the output activation can give, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.config import experiment
from fastnn.data.dataset import make_dataset
from fastnn.data.split import split
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.errors import DataError, UsageError
from fastnn.parts.registry import resolve
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute

TRAINING, _ = split(40, 0.2, 0)


def made(y, output: str | None, **options):
    y = np.asarray(y, float).reshape(len(y), -1)
    names = ("a", *(f"y{i + 1}" for i in range(y.shape[1])))
    matrix = np.hstack([np.arange(float(len(y)))[:, None], y])
    table = Table("t.csv", names, matrix, {n: i for i, n in enumerate(names)}, targets=names[1:])
    chosen = None if output is None else resolve("activation", output)
    return make_dataset(table, dtype="float64", output=chosen, **{"kind": "real", **options})


Y = np.random.default_rng(0).normal(100, 30, 40)


@pytest.mark.parametrize("output", ["identity", "leaky_relu", "prelu", None])
def test_all_numbers(output):
    data = made(Y, output)
    expected = (Y[TRAINING] - Y[TRAINING].mean()) / Y[TRAINING].std()
    np.testing.assert_allclose(data.y[:, 0], expected, rtol=1e-12)
    assert data.preprocessing.target.standardized and not data.changes


@pytest.mark.parametrize("output", ["relu", "softplus", "leaky_relu:slope=0"])
def test_numbers_above_0(output):
    y = np.abs(Y)
    data = made(y, output)
    np.testing.assert_allclose(data.y[:, 0], y[TRAINING] / y[TRAINING].std(), rtol=1e-12)
    target = data.preprocessing.target
    assert target.standardized and data.changes and Target.from_json(target.to_json()) == target
    np.testing.assert_allclose(target.values(data.y)[:, 0], y[TRAINING])
    y[7] = -0.5
    with pytest.raises(DataError, match=r"t\.csv, row 8: the target 'y1' is -0.5, .*at least 0: use --output-act.*id"):
        made(y, output)


@pytest.mark.parametrize(
    ("output", "low"), [("sigmoid", 0), ("hard_sigmoid", 0), ("tanh", -1), ("softsign", -1), ("elu", None)]
)
@pytest.mark.parametrize("kind", ["real", "positive"])
def test_bounded_numbers(output, low, kind):
    if low is None and kind == "real":
        with pytest.raises(UsageError, match=r"'elu' is not allowed for a regression: .* at least -1, .*softplus"):
            made(Y, output)
        return
    y = np.linspace(-1 if low == -1 and kind == "real" else 0.001, 1, 40)
    data = made(y, output, kind=kind)
    np.testing.assert_array_equal(data.y[:, 0], y[TRAINING])
    target = data.preprocessing.target
    assert not target.standardized and Target.from_json(target.to_json()) == target
    np.testing.assert_array_equal(target.values(data.y)[:, 0], y[TRAINING])
    y[3] = 1.01
    if low is None:
        assert made(y, output, kind=kind).y.max() == 1.01
    else:
        with pytest.raises(DataError, match=r"row 4: the target 'y1' is 1.01, .*numbers from .* to 1: scale it"):
            made(y, output, kind=kind)


def test_shares():
    y = np.random.default_rng(1).dirichlet([1, 2, 3], 40)
    data = made(y, "softmax")
    np.testing.assert_array_equal(data.y, y[TRAINING])
    y[5] = 0.5, 0.5, 0.25
    with pytest.raises(DataError, match=r"row 6: the targets sum to 1\.25, but .*'softmax' always sum to 1"):
        made(y, "softmax")
    with pytest.raises(UsageError, match="only output is always 1"):
        made(np.linspace(0, 1, 40), "softmax")


@pytest.mark.parametrize("output", ["elu", "selu", "silu", "gelu", "gelu_tanh", "mish", "hard_swish"])
def test_activations_without_a_scaling(output):
    with pytest.raises(UsageError, match=r"gives only numbers of at least -\d.*use --output-activation identity"):
        made(Y, output)


def test_a_plugin():
    six = fastnn.Activation("six", lambda x: min(max(x, 0.0), 6.0))
    with pytest.raises(UsageError, match="numbers from 0 to 6"):
        make_dataset(
            Table("t", ("a", "y"), np.ones((3, 2)) * [[1], [2], [3]], {"a": 0, "y": 1}, targets=("y",)),
            output=six(), kind="real",
        )  # fmt: skip
    assert made(np.abs(Y), "relu", kind="count").y.max() == np.abs(Y)[TRAINING].max()


def test_a_softplus_regression_learns_what_it_could_not_reach(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = np.linspace(-2, 2, 400)
    (tmp_path / "t.csv").write_text("a,y\n" + "\n".join(f"{a:.4f},{1000 * np.exp(a):.3f}" for a in x))
    options = {"output_activation": "softplus", "epochs": "60", "lr": "0.02", "hidden": "16"}
    outcome = execute(experiment("t.csv", options), plot=False, watcher=Watcher())
    assert outcome.best is not None and outcome.best.metrics["r2"] > 0.99
