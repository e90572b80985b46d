"""fastnn train, in this process."""

import csv
import json
import re

import numpy as np
import pytest
from plugin_text import plugin_text

import fastnn as package
from fastnn.cli.lines import COMPILING
from fastnn.errors import FastnnError
from fastnn.runs import loading
from fastnn.runs.folder import RunFolder

QUICK = ("--epochs", "2", "--no-plot")


def read(path):
    """The rows of a metrics.csv."""
    return list(csv.DictReader(path.read_text().splitlines()))


def houses(path, rows=60, seed=0):
    """A table of prices with numbers and categories."""
    rng = np.random.default_rng(seed)
    lines = ["size,kind,price"]
    for _ in range(rows):
        size, kind = rng.uniform(50, 200), rng.integers(0, 3)
        lines.append(f"{size:.1f},{('flat', 'house', 'barn')[kind]},{1000 * size + 50_000 * kind:.0f}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_run_leaves_everything_in_its_folder(fastnn, folder):
    done = fastnn("train", "digits", "--epochs", "3")
    assert done.code == 0 and done.err == ""
    run = folder / "runs" / "001-digits"
    assert sorted(p.name for p in run.iterdir()) == [
        "best.safetensors", "config.toml", "curves.png", "last.safetensors", "metrics.csv",
    ]  # fmt: skip
    lines = done.out.splitlines()
    assert sum(line.startswith("epoch") for line in lines) == 3
    assert re.match(r"epoch 3/3  train loss \d\.\d+  validation loss \d\.\d+  accuracy 0\.\d+  time ", lines[-3])
    assert lines[-1] == "saved in runs/001-digits" and "best epoch 3 of 3" in lines[-2]
    assert "\x1b" not in done.out
    rows = read(run / "metrics.csv")
    assert list(rows[0]) == [
        "epoch", "train_loss", "validation_loss", "accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "lr",
        "seconds",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert package.load(run / "best.safetensors").network.sizes == (64, 128, 10)


def test_digits_are_learnt(fastnn):
    done = fastnn("train", "digits", "--hidden", "128", "--epochs", "30", "--seed", "0", "--quiet")
    assert done.code == 0
    assert float(re.search(r"accuracy (\S+),", done.out)[1]) >= 0.96


def test_sacramento_is_learnt(fastnn):
    found = []
    for seed in range(5):
        done = fastnn("train", "sacramento", "--target", "price", "--hidden", "64,64", "--seed", seed, "--quiet")
        found.append(float(re.search(r"R² (\S+),", done.out)[1]))
    assert sorted(found)[2] >= 0.62


def test_runs_are_numbered_and_never_mixed(fastnn, folder):
    (folder / "runs" / "007-old").mkdir(parents=True)
    for _ in range(2):
        assert fastnn("train", "cubic", *QUICK, "--quiet").code == 0
    assert sorted(p.name for p in (folder / "runs").iterdir()) == ["007-old", "008-cubic", "009-cubic"]


def test_a_configuration_repeats_the_run_to_the_bit(fastnn, folder):
    options = ["--hidden", "9,7", "--activation", "tanh,elu:alpha=0.5", "--dropout", "0.1", "--l2", "1e-3"]
    houses(folder / "h.csv")
    assert fastnn("train", "h.csv", *QUICK, *options, "--optimizer", "rmsprop", "--seed", "5").code == 0
    first = folder / "runs" / "001-h"
    assert fastnn("train", "--config", first / "config.toml", "--no-plot").code == 0
    second = folder / "runs" / "002-h"
    for name in ("best.safetensors", "last.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    one, two = read(first / "metrics.csv"), read(second / "metrics.csv")
    assert [{**row, "seconds": ""} for row in one] == [{**row, "seconds": ""} for row in two]
    assert (first / "config.toml").read_text().splitlines()[1:] == (second / "config.toml").read_text().splitlines()[1:]


def test_json(fastnn):
    done = fastnn("train", "cubic", *QUICK, "--json")
    records = [json.loads(line) for line in done.out.splitlines()][:-1]  # the last is the result
    assert [record["epoch"] for record in records] == [1, 2]
    assert set(records[0]) == {"epoch", "train_loss", "validation_loss", "metrics", "lr", "seconds", "standardized"}
    assert set(records[0]["metrics"]) == {"r2", "mae", "rmse"} and records[0]["standardized"] is True
    assert "saved in runs/001-cubic" in done.err


def test_quiet_prints_the_result_only(fastnn, folder, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(folder / "cache"))
    (folder / "p.py").write_text(plugin_text("quiet", 0.40625))  # compiled by the first run, known to the second
    plugin = ("--plugin", "p.py", "--activation", "quiet")
    for said in (COMPILING + "\n", ""):
        done = fastnn("train", "cubic", *plugin, "--epochs", "2", "--quiet", "--out", "run", "--overwrite")
        assert len(done.out.splitlines()) == 1 and done.err == said
    assert not (folder / "run" / "curves.png").exists()
    assert fastnn("train", "cubic", "--epochs", "2", "--quiet", "--plot").code == 0
    assert (folder / "runs" / "001-cubic" / "curves.png").exists()


def test_without_validation(fastnn, folder):
    done = fastnn("train", "cubic", "--epochs", "2", "--validation", "none")
    assert done.code == 0 and "no validation rows" in done.out and "epoch 2 of 2: standardized train loss" in done.out
    rows = read(folder / "runs" / "001-cubic" / "metrics.csv")
    assert rows[0]["standardized_validation_loss"] == ""


def test_validation_of_its_own(fastnn, folder):
    train, other = houses(folder / "train.csv"), houses(folder / "other.csv", rows=10, seed=1)
    done = fastnn("train", train, "--validation", other, *QUICK)
    assert done.code == 0 and "60 training rows, 10 validation rows" in done.out
    assert fastnn("train", train, "--validation", "none.csv", *QUICK).code == 4


def test_no_epochs(fastnn, folder):
    done = fastnn("train", "cubic", "--epochs", "0")
    assert done.code == 0 and "no epoch was trained" in done.out
    assert (folder / "runs" / "001-cubic" / "last.safetensors").exists()


def test_early_stopping_is_said(fastnn):
    done = fastnn("train", "blobs", "--epochs", "400", "--early-stopping", "2", "--lr", "0.05", "--no-plot")
    assert done.code == 0 and "stopped early" in done.out


def test_all_rows_at_once(fastnn):
    done = fastnn("train", "cubic", "--optimizer", "gd:lr=0.1", *QUICK)
    assert done.code == 0 and "all rows at once" in done.out


@pytest.mark.parametrize("loss", ["hinge", "binary_cross_entropy", "cross_entropy"])
def test_two_classes_by_every_loss(fastnn, loss):
    done = fastnn("train", "moons", "--loss", loss, "--epochs", "30", "--lr", "0.01", "--no-plot")
    assert done.code == 0
    assert float(re.search(r"accuracy (\S+),", done.out)[1]) > 0.9


@pytest.mark.parametrize("loss", ["mse", "mae", "huber:delta=0.5", "log_cosh", "quantile:quantile=0.6"])
def test_values_by_every_loss(fastnn, loss):
    done = fastnn("train", "cubic", "--loss", loss, "--epochs", "60", "--lr", "0.01", "--batch-size", "32", "--quiet")
    assert done.code == 0
    assert float(re.search(r"R² (\S+),", done.out)[1]) > 0.8


def test_counts_stay_counts(fastnn, folder):
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, 300)
    rows = "\n".join(f"{a:.3f},{b}" for a, b in zip(x, rng.poisson(np.exp(x)), strict=True))
    (folder / "c.csv").write_text(f"x,n\n{rows}\n")
    assert fastnn("train", "c.csv", "--loss", "poisson", "--epochs", "60", "--lr", "0.01", "--no-plot").code == 0
    done = fastnn("predict", "runs/001-c", "c.csv")
    predicted = [float(line) for line in done.out.splitlines()[1:]]
    assert min(predicted) > 0 and abs(np.mean(predicted) - np.exp(x).mean()) < 0.3


def test_several_targets(fastnn, folder):
    rows = "\n".join(f"{i},{2 * i},{-3 * i}" for i in range(60))
    (folder / "t.csv").write_text(f"a,b,c\n{rows}\n")
    assert fastnn("train", "t.csv", "--target", "c,b", "--epochs", "200", "--lr", "0.05", "--quiet").code == 0
    done = fastnn("predict", "runs/001-t", "t.csv")
    table = np.loadtxt(done.out.splitlines()[1:], delimiter=",")
    assert done.out.startswith("c,b\n")
    np.testing.assert_allclose(table, [(-3 * i, 2 * i) for i in range(60)], atol=9)


def test_divergence_keeps_the_last_good_model(fastnn, folder):
    done = fastnn("train", "digits", "--optimizer", "sgd", "--lr", "1e30", "--no-plot")
    assert done.code == 3 and "became NaN or infinite" in done.err and "Try" in done.err
    assert np.isfinite(loading.load("runs/001-digits").network.parameters).all()


def test_unseen_categories_are_said(fastnn, folder):
    rows = [f"{i},{'rare' if i == 3 else 'common'},{i * 7 % 11 / 2}" for i in range(40)]
    (folder / "t.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n")
    (folder / "v.csv").write_text("y,b,a\n1,never,2\n2.5,common,1\n")
    done = fastnn("train", "t.csv", "--validation", "v.csv", *QUICK)
    assert done.code == 0 and "Note: v.csv: categories that did not occur" in done.err and "'never' (1 row)" in done.err


def test_out_is_respected_and_not_overwritten(fastnn, folder):
    assert fastnn("train", "cubic", *QUICK, "--out", "deep/run").code == 0
    before = (folder / "deep/run/best.safetensors").read_bytes()
    done = fastnn("train", "cubic", *QUICK, "--out", "deep/run", "--seed", "1")
    assert done.code == 2 and "--overwrite" in done.err
    assert (folder / "deep/run/best.safetensors").read_bytes() == before
    assert fastnn("train", "cubic", *QUICK, "--out", "deep/run", "--seed", "1", "--overwrite").code == 0
    assert (folder / "deep/run/best.safetensors").read_bytes() != before


def test_a_plugin_by_file(fastnn, folder):
    (folder / "fastnn_bend.py").write_text(
        "import fastnn\n"
        "def bend(x):\n    return x if x > 0 else 0.25 * x\n"
        "def slope(x, y):\n    return 1.0 if x > 0 else 0.25\n"
        "@fastnn.hookimpl\n"
        "def fastnn_activations():\n    return [fastnn.Activation('cli_bend', bend, derivative=slope)]\n"
    )
    assert fastnn("train", "blobs", "--activation", "cli_bend", *QUICK).code == 2
    assert not (folder / "runs").exists()
    assert fastnn("train", "blobs", "--plugin", "fastnn_bend.py", "--activation", "cli_bend", *QUICK).code == 0
    config = (folder / "runs/001-blobs/config.toml").read_text()
    assert 'plugins = [{name = "fastnn_bend.py"' in config
    done = fastnn("plugins", "show", "cli_bend", "--plugin", "fastnn_bend.py")
    assert "fastnn_bend.py" in done.out and "return x if x > 0" in done.out


SWOOSH = """import fastnn
from fastnn.mathematics import sigmoid

def swoosh(x):
    return x * sigmoid(2 * x)

@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation("cli_swoosh", swoosh)]
"""


def test_a_plugin_needs_no_derivative_and_a_wrong_one_is_refused(fastnn, folder):
    file = folder / "fastnn_swoosh.py"
    file.write_text(SWOOSH)
    wanted = ("train", "digits", "--plugin", "fastnn_swoosh.py", "--activation", "cli_swoosh", "--epochs", "20")
    done = fastnn(*wanted)
    assert done.code == 0
    assert float(done.out.rpartition(", accuracy ")[2].partition(",")[0]) > 0.93
    file.write_text(SWOOSH.replace("swoosh)]", "swoosh, derivative=lambda x, y: sigmoid(2 * x))]"))
    done = fastnn(*wanted, "--out", "wrong")
    assert done.code == 2 and not (folder / "wrong").exists()
    assert "fastnn_swoosh.py:9: in formula: the derivative of 'cli_swoosh' is wrong: at x = 0.013" in done.err
    file.write_text(SWOOSH.replace("return x *", "while x > 9:\n        x = x - 1\n    return x *"))
    done = fastnn(*wanted, "--out", "wrong")
    assert done.code == 2 and not (folder / "wrong").exists()
    assert "fastnn_swoosh.py:5: in swoosh: it cannot be differentiated: how often this loop runs" in done.err


def test_nothing_is_left_of_a_run_that_cannot_begin(fastnn, folder):
    done = fastnn("train", "digits", "--threads", "5000", *QUICK)
    assert done.code == 2 and not list(folder.glob("runs/*"))


def test_a_full_disk_destroys_nothing(fastnn, folder, monkeypatch):
    assert fastnn("train", "cubic", *QUICK, "--out", "run").code == 0
    before = {p.name: p.read_bytes() for p in (folder / "run").iterdir()}

    def full(self, record):
        raise OSError(28, "No space left on device", "run/metrics.csv")

    monkeypatch.setattr(RunFolder, "append", full)
    done = fastnn("train", "cubic", *QUICK)
    assert done.code == 1 and done.err == "Error: run/metrics.csv: No space left on device.\n"
    assert {p.name: p.read_bytes() for p in (folder / "run").iterdir()} == before


def test_a_long_run_leaves_its_models_on_the_way(fastnn, folder, monkeypatch):
    """What a power cut before the end would leave behind."""
    from fastnn.runs import run

    monkeypatch.setattr(run, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(run, "_keep", lambda *_: None)
    fastnn("train", "digits", *QUICK)
    best, last = (loading.load(folder / "runs" / "001-digits" / f"{name}.safetensors") for name in ("best", "last"))
    assert (best.network.parameters == last.network.parameters).all()
    assert best.network.loss.name == "cross_entropy"


@pytest.mark.parametrize("wrong", [("--device", "cuda"), ("--lr", "1e35"), ("--threads", "0"), ("--batch-size", "0")])
def test_a_run_that_comes_to_nothing_leaves_the_old_one(fastnn, folder, wrong):
    assert fastnn("train", "digits", *QUICK, "--out", "run").code == 0
    before = {p.name: p.read_bytes() for p in (folder / "run").iterdir()}
    assert fastnn("train", "digits", *QUICK, "--out", "run", "--overwrite", *wrong).code in (2, 3, 5)
    assert {p.name: p.read_bytes() for p in (folder / "run").iterdir()} == before
    assert fastnn("train", "cubic", *QUICK, "--out", "run", "--overwrite").code == 0
    assert {p.name for p in (folder / "run").iterdir()} == set(before)


def test_what_was_trained_is_kept_whatever_ends_it(fastnn, folder, monkeypatch):
    whole = RunFolder.append

    def fail(self, record):
        whole(self, record)
        if record.epoch == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "append", fail)
    done = fastnn("train", "digits", "--epochs", "5", "--no-plot")
    assert done.code == 1 and "No space left" in done.err
    assert loading.load(folder / "runs" / "001-digits" / "best.safetensors").network.loss.name == "cross_entropy"


@pytest.mark.parametrize("old", [False, True])
def test_what_can_be_written_is_written(fastnn, folder, monkeypatch, old):
    """best is on the disk, then the disk is full; or, with a folder written over, it was full all along."""
    from fastnn.network import saving

    if old:
        fastnn("train", "cubic", *QUICK, "--out", "run")
        before = {p.name: p.read_bytes() for p in (folder / "run").iterdir()}
    whole = saving.replacing

    def replacing(path):
        if path.name == "last.safetensors" or old:
            raise FastnnError(f"Cannot write {path}: No space left on device.")
        return whole(path)

    monkeypatch.setattr(saving, "replacing", replacing)
    done = fastnn("train", "digits", "--epochs", "2", "--out", "run", "--overwrite")
    assert done.code == 1 and "run/last.safetensors: No space left on device" in done.err
    if old:
        assert {p.name: p.read_bytes() for p in (folder / "run").iterdir()} == before
    else:
        assert "Saved in run: config.toml, metrics.csv, curves.png, best.safetensors." in done.err
        assert loading.load("run").network.loss.name == "cross_entropy"


def test_data_that_have_changed_are_said(fastnn, folder):
    (folder / "t.csv").write_text("a,y\n" + "1.5,2\n2.5,3.5\n3,4.5\n" * 9)
    fastnn("train", "t.csv", *QUICK, "--out", "run")
    assert "changed" not in fastnn("train", "--config", "run/config.toml").err
    (folder / "t.csv").write_text("a,y\n" + "1.5,2\n2.5,3.5\n3,4.6\n" * 9)
    done = fastnn("train", "--config", "run/config.toml")
    assert done.code == 0 and "t.csv has changed since the configuration was written" in done.err
    assert "changed" not in fastnn("train", "digits", "--config", "run/config.toml", "--target", "digit").err


def test_a_file_without_names(fastnn, folder):
    rows = "".join(f"{i / 10},{'ab'[i % 2]},{i % 3}\n" for i in range(60))
    (folder / "t.csv").write_text(rows)
    assert "say --header no" in fastnn("train", "t.csv", *QUICK).err
    done = fastnn("train", "t.csv", *QUICK, "--header", "no", "--out", "run")
    assert done.code == 0 and done.err == ""
    assert 'header = "no"' in (folder / "run" / "config.toml").read_text()
    done = fastnn("predict", "run", "t.csv")
    assert done.code == 0 and done.out.count("\n") == 61 and done.out.startswith("x3,")
