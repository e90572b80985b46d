"""All metrics of a run and of evaluate: their values, their names, and where they are said."""

import csv
import json
import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from sklearn import metrics as judge

from fastnn.config import experiment
from fastnn.network import metrics
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute

QUICK = ("--epochs", "2", "--no-plot")
OF_CLASSES = ["accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss"]
OF_VALUES = ["r2", "mae", "rmse"]


def houses(path, rows=60, seed=0):
    rng = np.random.default_rng(seed)
    size, wet = rng.uniform(50, 200, rows), rng.integers(0, 2, rows)
    price = 3000 * size - 70_000 * wet + rng.normal(0, 20_000, rows)
    lines = [f"{a:.1f},{('dry', 'wet')[b]},{c:.0f}" for a, b, c in zip(size, wet, price, strict=True)]
    path.write_text("\n".join(["size,cellar,price", *lines]) + "\n")
    return str(path)


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "hinge"])
def test_evaluate_agrees_with_scikit_learn_on_predictions(fastnn, folder, loss):
    houses(folder / "h.csv")
    assert fastnn("train", "h.csv", "--target", "cellar", "--loss", loss, *QUICK, "--out", "run").code == 0
    found = json.loads(fastnn("evaluate", "run", "h.csv", "--json").out)
    truth = [row["cellar"] for row in rows_of((folder / "h.csv").read_text())]
    predicted = rows_of(fastnn("predict", "run", "h.csv").out)
    labels = [row["cellar"] for row in predicted]
    assert found["accuracy"] == pytest.approx(judge.accuracy_score(truth, labels))
    assert found["balanced_accuracy"] == pytest.approx(judge.balanced_accuracy_score(truth, labels))
    assert found["f1"] == pytest.approx(judge.f1_score(truth, labels, average="macro"))
    assert found["classes"] == ["dry", "wet"] and "standardized" not in found
    assert found["confusion_matrix"] == judge.confusion_matrix(truth, labels).tolist()
    if loss == "hinge":
        assert "log_loss" not in found and 0 < found["roc_auc"] < 1
    else:
        p = [float(row["p_wet"]) for row in predicted]
        assert found["roc_auc"] == pytest.approx(judge.roc_auc_score(truth, p))
        assert found["log_loss"] == pytest.approx(judge.log_loss(truth, p), rel=1e-5)
        assert found["log_loss"] == pytest.approx(found["loss"], rel=1e-5)


def test_the_confusion_matrix_is_a_table_of_few_classes(fastnn, folder):
    rows = "\n".join(f"{i % 13},{'a class of a very long name' if i % 13 < 2 else 'b' * (i % 13)}" for i in range(130))
    (folder / "t.csv").write_text(f"x,y\n{rows}\n")
    fastnn("train", "t.csv", *QUICK, "--out", "run")
    lines = fastnn("evaluate", "run", "t.csv").out.splitlines()
    assert "ROC AUC" in lines[0] and lines[1] == "confusion matrix (rows: true class, columns: predicted class)"
    assert len(lines) == 15 and len(set(map(len, lines[2:]))) == 1 and lines[3].startswith("a class of a ve…  ")
    found = json.loads(fastnn("evaluate", "run", "t.csv", "--json").out)
    assert [int(n) for n in lines[3].split("…")[1].split()] == found["confusion_matrix"][0]
    (folder / "u.csv").write_text("x,y\n" + "\n".join(f"{i},{'b' * (i % 13 + 1)}" for i in range(130)) + "\n")
    fastnn("train", "u.csv", *QUICK, "--out", "other")
    assert len(fastnn("evaluate", "other", "u.csv").out.splitlines()) == 1  # 13 classes


def test_every_epoch_of_a_regression(fastnn, folder):
    houses(folder / "h.csv")
    done = fastnn("train", "h.csv", *QUICK, "--out", "run")
    epochs = [line for line in done.out.splitlines() if line.startswith("epoch")]
    number = r"-?[\d.,]+"
    epoch = rf"epoch 2/2  standardized loss: train {number}, validation {number}  R² {number}  RMSE \d+,\d\d\d"
    assert re.fullmatch(epoch, epochs[1]) and len(epochs[1]) <= 90
    best = rf"best epoch \d of 2: standardized validation loss {number}, R² {number}, MAE \d+,\d+, RMSE \d+,\d+; .*"
    assert re.fullmatch(best, done.out.splitlines()[-2])
    rows = rows_of((folder / "run/metrics.csv").read_text())
    assert list(rows[0]) == [
        "epoch", "standardized_train_loss", "standardized_validation_loss", *OF_VALUES, "lr", "seconds",
    ]  # fmt: skip
    spread = float(rows[1]["rmse"]) / np.sqrt(float(rows[1]["standardized_validation_loss"]))
    prices = [float(row["price"]) for row in rows_of((folder / "h.csv").read_text())]
    assert spread == pytest.approx(np.std(prices), rel=0.1)
    lines = [json.loads(line) for line in fastnn("train", "h.csv", *QUICK, "--json").out.splitlines()]
    assert all(line["standardized"] is True and line["metrics"].keys() == set(OF_VALUES) for line in lines)


def test_only_standardized_losses_are_called_so(fastnn, folder):
    (folder / "c.csv").write_text("x,n\n" + "\n".join(f"{i / 9},{i % 4}" for i in range(40)) + "\n")
    done = fastnn("train", "c.csv", "--loss", "poisson", *QUICK, "--out", "run")
    assert "standardized" not in done.out and re.search(r"validation loss \S+  R² \S+  RMSE \S+  time", done.out)
    assert list(rows_of((folder / "run/metrics.csv").read_text())[0])[1:6] == [
        "train_loss",
        "validation_loss",
        *OF_VALUES,
    ]
    assert "standardized" not in fastnn("evaluate", "run", "c.csv").out


def test_quantiles_are_judged_as_quantiles(fastnn, folder):
    houses(folder / "h.csv")
    done = fastnn("train", "h.csv", "--loss", "quantile:quantile=0.9", "--epochs", "40", "--out", "run")
    assert re.search(r"validation [\d.]+  quantile loss [\d,]+  coverage [\d.]+\n", done.out)
    found = json.loads(fastnn("evaluate", "run", "h.csv", "--json").out)
    truth = np.array([float(row["price"]) for row in rows_of((folder / "h.csv").read_text())])
    predicted = np.array([float(row["price"]) for row in rows_of(fastnn("predict", "run", "h.csv").out)])
    assert found["quantile_loss"] == pytest.approx(judge.mean_pinball_loss(truth, predicted, alpha=0.9), rel=1e-5)
    assert found["coverage"] == pytest.approx(np.mean(truth <= predicted), abs=0.02)


def test_several_targets_have_errors_of_their_own(fastnn, folder):
    names = [f"y{i}" for i in range(8)]
    lines = [",".join(["x", *names])] + [",".join(map(str, [i, *(i * 10**k for k in range(8))])) for i in range(40)]
    (folder / "t.csv").write_text("\n".join(lines) + "\n")
    done = fastnn("train", "t.csv", "--target", ",".join(names), *QUICK, "--out", "run")
    assert "MAE of y7" in done.out and "RMSE of y7" not in done.out and " ...; " in done.out
    found = json.loads(fastnn("evaluate", "run", "t.csv", "--json").out)
    assert found["rmse of y7"] == pytest.approx(1e7 * found["rmse of y0"], rel=0.9) and "rmse of y3" in found
    assert "RMSE of y7" in fastnn("evaluate", "run", "t.csv").out


@pytest.mark.parametrize(("target", "label"), [("price", "loss (standardized)"), ("cellar", "loss")])
def test_the_curves_say_standardized(fastnn, folder, monkeypatch, target, label):
    said, whole = [], Axes.set_ylabel
    monkeypatch.setattr(Axes, "set_ylabel", lambda self, text, **more: (said.append(text), whole(self, text, **more)))
    houses(folder / "h.csv")
    assert fastnn("train", "h.csv", "--target", target, "--epochs", "2").code == 0
    assert said == [label, "R²" if target == "price" else "accuracy"]


def test_many_rows_are_ranked_only_at_the_end(fastnn, folder, monkeypatch):
    """So that an epoch is not slower for it. The outcome has all metrics, in the same order."""
    outcomes = []
    for limit in (100_000, 10):
        monkeypatch.setattr(metrics, "MOST_RANKED", limit)
        wish = experiment("digits", {"epochs": "2", "test": "0.1"})
        outcomes.append(execute(wish, out=str(folder / f"run{limit}"), plot=False, watcher=Watcher()))
    every, end = outcomes
    assert list(every.best.metrics) == OF_CLASSES
    assert list(end.best.metrics) == [name for name in OF_CLASSES if name != "roc_auc"]
    assert list(end.validation) == list(every.validation) == ["validation_loss", *OF_CLASSES]
    assert end.validation == pytest.approx(every.validation) and end.test == every.test
    assert list(end.test) == ["loss", *OF_CLASSES, "confusion_matrix"] and np.sum(end.test["confusion_matrix"]) == 180
