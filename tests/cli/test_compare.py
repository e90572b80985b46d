"""fastnn compare: every combination is trained as ``fastnn train`` trains it, and the best is named."""

import csv
import json
import shlex

import pytest

from fastnn.config.grid import combinations
from fastnn.errors import UsageError


def rows_of(path):
    with open(path / "comparison.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_every_network_is_the_one_of_fastnn_train(fastnn, folder):
    varied = "--optimizer sgd,adam:beta1=0.8,beta2=0.99 --hidden 8 --hidden 8,4 --loss mse,huber --seeds 2 --seed 3"
    done = fastnn("compare", "sacramento", *varied.split(), "--epochs", "3", "--out", "c")
    assert done.code == 0 and not done.err.replace("Note: ", "").startswith("Error"), done.err
    rows = rows_of(folder / "c")
    assert len(rows) == 16 and (folder / "c" / "curves.png").read_bytes().startswith(b"\x89PNG")
    for number in (0, 5, 10, 15):
        row = rows[number]
        options = [word for name in ("optimizer", "hidden", "loss", "seed") for word in (f"--{name}", row[name])]
        found = fastnn("train", "sacramento", *options, "--epochs", "3", "--json", "--no-plot")
        best = json.loads(found.out.splitlines()[-1])
        assert float(row["validation_loss"]) == best["validation_loss"] and int(row["best_epoch"]) == best["best_epoch"]
        assert float(row["rmse"]) == best["metrics"]["rmse"]


def test_the_best_comes_first_with_the_command_that_trains_it(fastnn, folder):
    done = fastnn("compare", "moons", "--lr", "1e-6,0.05", "--seeds", "3", "--set", "hidden=4", "--out", "c")
    lines = done.out.splitlines()
    table = [line.split() for line in lines[lines.index("") + 1 :]]
    assert table[0][:1] == ["lr"] and [table[1][0], table[2][0]] == ["0.05", "1e-6"]
    assert (
        lines[-2] == "train it with: fastnn train moons --lr 0.05 --set hidden=4 --recipe plain"
        and lines[-1] == "saved in c"
    )
    mean = sum(float(row["validation_loss"]) for row in rows_of(folder / "c") if row["lr"] == "0.05") / 3
    assert float(table[1][1]) == pytest.approx(mean, abs=6e-5)
    assert fastnn(*shlex.split(lines[-2])[4:], "--quiet").code == 0


def test_losses_that_differ_are_compared_by_a_metric(fastnn):
    done = fastnn("compare", "cubic", "--loss", "mse,mae", "--epochs", "2", "--no-plot", "--json")
    first, second, last = map(json.loads, done.out.splitlines())
    assert last["criterion"] == "r2" and first["r2"] > second["r2"] and last["best"] == {"loss": first["loss"]}


def test_one_that_diverges_is_reported_and_comes_last(fastnn, folder):
    done = fastnn("compare", "cubic", "--lr", "1e30,0.01", "--optimizer", "sgd", "--no-plot", "--out", "c")
    assert done.code == 0 and "1e30  diverged" in done.out and "best: lr 0.01" in done.out
    assert [row["stopped"] for row in rows_of(folder / "c")] == ["diverged", "epochs"]
    done = fastnn("compare", "cubic", "--lr", "1e30,1e31", "--optimizer", "sgd", "--quiet")
    assert done.code == 3 and "All networks diverged." in done.err and "all diverged" in done.out


def test_test_rows_are_judged_with_the_best_combination_only(fastnn, monkeypatch):
    from fastnn.runs import compare

    judged = []
    monkeypatch.setattr(compare, "evaluate", lambda networks, *_: judged.append(networks) or {"accuracy": 0.5})
    done = fastnn("compare", "moons", "--lr", "0.1,0.01,0.001", "--seeds", "2", "--test", "0.2", "--no-plot")
    assert len(judged) == 2 and "test rows: accuracy 0.5000" in done.out


@pytest.mark.parametrize("failing", ["epoch", "begin"])
def test_an_interruption_keeps_what_there_is(fastnn, folder, monkeypatch, failing):
    from fastnn.cli.comparison import Lines

    def interrupted(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Lines, failing, interrupted)
    done = fastnn("compare", "moons", "--lr", "0.1,0.01", "--out", "c")
    assert done.code == 130 and (folder / "c").exists() == (failing == "epoch")
    if failing == "epoch":
        assert "the results up to this point are saved in c" in done.err
        assert [row["stopped"] for row in rows_of(folder / "c")] == ["interrupted", "interrupted"]


def test_the_data_are_read_once(fastnn, folder, monkeypatch):
    from fastnn.runs import setup

    (folder / "t.csv").write_text("x,y\n" + "".join(f"{n},{n * n % 7}.5\n" for n in range(60)))
    calls, read = [], setup.read
    monkeypatch.setattr(setup, "read", lambda name, *a, **k: calls.append(name) or read(name, *a, **k))
    done = fastnn("compare", "t.csv", "--lr", "0.1,0.01", "--seeds", "3", "--epochs", "1", "--no-plot")
    assert done.code == 0 and calls == ["t.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--optimizer sgd,adma", "Unknown optimizer 'adma'. Did you mean 'adam'?"),
        ("--lr 0.1,x", "--lr = 'x' is not allowed"),
        ("--lr 0.1,", "--lr = '' is not allowed"),
        ("--seeds 0", "--seeds = 0 is not allowed: it must be an integer of at least 1"),
        ("--seeds 2 --seed 1,2", "give one --seed, or leave out --seeds"),
        ("--validation none", "compare needs validation rows"),
        ("--target a --target b", "--target is given 2 times: all networks that are compared share it"),
        ("--seeds 20000", "These are 20,000 networks; at most 10,000"),
        ("--validation folds:4", "and seed. Leave it out; --seeds 5 trains"),
        ("--encoding auto", "--encoding auto: compare trains one network for each combination"),
        ("--set ensemble=4", "and seed. Add --set ensemble=1;"),
        ("--out .", "--out .: the folder is not empty"),
        ("--dropout 0.1,0.2,1.5", "--dropout = '1.5' is not allowed"),
    ],
)  # fmt: skip
def test_wrong_options(fastnn, folder, options, said):
    (folder / "here").write_text("")
    done = fastnn("compare", "moons", *options.split())
    assert done.code == 2 and said in done.err
    assert [file.name for file in folder.iterdir()] == ["here"]


def test_what_separates_values():
    found = combinations(
        "moons", {"optimizer": ("adam:beta1=0.8,beta2=0.9,sgd",), "hidden": ("8,4", "8"), "activation": ("relu,tanh",),
                  "seed": ("1,2,01",), "lr": ("0.1,0.10,.1",), "loss": ("mse", " mse"),
                  "initializer": ("normal:std=0.1,normal:std=1e-1",)}, (), None, None,
    )  # fmt: skip
    assert len(found) == 8 and all(len(one.experiments) == 2 for one in found)
    assert dict(found[0].choices) == {"optimizer": "adam:beta1=0.8,beta2=0.9", "hidden": "8,4", "activation": "relu"}
    assert [e.seed for e in found[-1].experiments] == [1, 2] and found[-1].experiments[0].hidden == (8,)
    with pytest.raises(UsageError, match="compare needs validation rows"):
        combinations("moons", {}, ("validation=none",), None, 2)
