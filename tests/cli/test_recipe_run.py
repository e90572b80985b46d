"""What a user sees of several networks on the command line, and when the recipe is taken."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest

FAST = ("--recipe", "auto", "--epochs", "4", "--hidden", "8", "--ensemble", "5", "--no-plot")


@pytest.fixture(autouse=True)
def table(folder):
    rng = np.random.default_rng(0)
    x, k = rng.normal(size=80), rng.choice(["u", "v"], 80)
    lines = [f"{a},{b},{3 * a + (b == 'u')}" for a, b in zip(x, k, strict=True)]
    (folder / "t.csv").write_text("x,k,y\n" + "\n".join(lines) + "\n")
    np.savez(folder / "t.npz", X=x[:, None], y=3 * x)
    (folder / "c.toml").write_text('data = "t.csv"\nepochs = 2\n')


@pytest.mark.parametrize(
    ("arguments", "recipe", "networks"),
    [
        ("t.csv", "auto", 8), ("t.csv --lr 0.01", "auto", 8), ("t.csv --ensemble 3", "auto", 3),
        ("t.csv --epochs 2", "plain", 1), ("t.csv --hidden 4", "plain", 1), ("--config c.toml", "plain", 1),
        ("--config c.toml --recipe auto", "auto", 8), ("t.csv --set epochs=2", "plain", 1),
        ("t.csv --recipe plain", "plain", 1), ("t.npz", "plain", 1), ("moons", "plain", 1),
        ("t.npz --recipe auto --epochs 2", "auto", 8), ("t.csv --epochs 2 --ensemble 2", "plain", 2),
        ("t.csv --ensemble 1 --encoding none", "auto", 1),
    ],
)  # fmt: skip
def test_which_command_is_the_recipe(fastnn, folder, monkeypatch, arguments, recipe, networks):
    monkeypatch.setattr("fastnn.recipe.choices.STEPS", 8)
    done = fastnn("train", *arguments.split(), "--out", "out", "--no-plot")
    assert done.code == 0, done.err
    found = tomllib.loads((folder / "out/config.toml").read_text())
    assert (found["recipe"], found["ensemble"]) == (recipe, networks)
    assert ("recipe: " in done.out) == (recipe == "auto")
    if recipe == "plain" and networks == 1:
        assert found["encoding"] == found["clip_inputs"] == "none" and found["validation"] == 0.2


def test_plain_lines(fastnn):
    done = fastnn("train", "t.csv", *FAST, "--out", "out")
    lines = done.out.splitlines()
    assert "80 rows in 4 folds, each for validation in turn" in lines[0]
    assert lines[2].startswith("recipe: ensemble 5, validation folds:4, hidden 8, epochs 4")
    assert sum(line.startswith("epoch ") for line in lines) == 4 and any(line.startswith("encoding ") for line in lines)
    assert lines[-2].startswith("5 networks, best epoch") and "R²" in lines[-2] and lines[-1] == "saved in out"
    quiet = fastnn("train", "t.csv", *FAST, "--out", "q", "--quiet")
    assert quiet.out.count("\n") == 1 and quiet.out.startswith("5 networks, best epoch")


def test_json(fastnn, folder):
    done = fastnn("train", "t.csv", *FAST, "--out", "out", "--json", "--early-stopping", "1", "--lr", "0.3")
    *epochs, last = [json.loads(line) for line in done.out.splitlines()]
    assert [one["epoch"] for one in epochs] == list(range(1, len(epochs) + 1))
    networks = [one["networks"] for one in epochs]
    assert networks[0] == 5 and networks == sorted(networks, reverse=True)
    assert last["networks"] == 5 == len(last["best_epochs"]) and last["best_epoch"] is None and last["train_loss"] > 0
    assert {"r2", "mae", "rmse"} == set(last["metrics"]) and last["encoding"] in ("none", "quantiles:12")
    evaluated = fastnn("evaluate", "out", "t.csv", "--json")
    assert json.loads(evaluated.out)["r2"] <= 1
    assert fastnn("predict", "out", "t.csv").out.count("\n") == 81


def test_too_many_columns_are_said(fastnn, folder):
    names = ",".join(f"c{i}" for i in range(90))
    rng = np.random.default_rng(1)
    rows = "\n".join(",".join(f"{v:.3f}" for v in rng.normal(size=90)) for _ in range(30))
    (folder / "wide.csv").write_text(f"{names}\n{rows}\n")
    done = fastnn("train", "wide.csv", *FAST)
    assert "numbers are not encoded in bins, which would give 1,157 inputs: at most 1,000 inputs and 256 MB" in done.err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--recipe", "best", "one of auto, plain"), ("--ensemble", "0", "an integer from 1 to 1000"),
        ("--encoding", "quantiles", "quantiles:N with N bins"), ("--clip-inputs", "0", "a number above 0"),
        ("--validation", "folds:x", "such as folds:4"), ("--test", "folds:3", "folds are for validation"),
    ],
)  # fmt: skip
def test_wrong_values(fastnn, option, value, said):
    done = fastnn("train", "t.csv", option, value)
    assert done.code in (2, 4) and said in done.err
