"""fastnn predict and fastnn evaluate."""

import csv
import gzip
import io
import json

import numpy as np
import pytest
from plugin_text import plugin_text

from fastnn.cpu.compiled import compilations
from fastnn.network.network import Network
from fastnn.runs import loading

HOUSES = "runs/001-h"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def houses(fastnn, folder):
    """A model of prices, and the table that it was trained on."""
    rng = np.random.default_rng(0)
    size, kind = rng.uniform(50, 200, 80).round(1), rng.integers(0, 2, 80)
    table = [(s, ("flat", "house")[k], 1000 * s + 50_000 * k) for s, k in zip(size, kind, strict=True)]
    text = "size,kind,price\n" + "\n".join(",".join(map(str, row)) for row in table)
    (folder / "h.csv").write_text(text)
    done = fastnn("train", "h.csv", "--epochs", "80", "--lr", "0.02", "--batch-size", "16", "--quiet")
    assert done.code == 0
    return table


def test_values_in_their_own_units_whatever_the_order_of_columns(fastnn, folder, houses):
    straight = fastnn("predict", HOUSES, "h.csv")
    assert straight.code == 0
    predicted = np.array([float(row["price"]) for row in rows(straight.out)])
    prices = np.array([price for _, _, price in houses])
    assert np.corrcoef(predicted, prices)[0, 1] > 0.98 and abs(predicted.mean() - prices.mean()) < 10_000
    other = "extra,kind,size\n" + "\n".join(f"?,{kind},{size}" for size, kind, _ in houses)
    (folder / "other.csv").write_text(other)
    assert fastnn("predict", HOUSES, "other.csv").out == straight.out
    assert fastnn("predict", f"{HOUSES}/best.safetensors", "other.csv").out == straight.out


def test_output_file(fastnn, folder, houses):
    assert fastnn("predict", HOUSES, "h.csv", "-o", "p.csv").code == 0
    assert (folder / "p.csv").read_text() == fastnn("predict", HOUSES, "h.csv").out
    done = fastnn("predict", HOUSES, "h.csv", "-o", "p.csv")
    assert done.code == 2 and "--overwrite" in done.err
    assert fastnn("predict", HOUSES, "h.csv", "-o", "p.csv", "--overwrite").code == 0
    done = fastnn("predict", HOUSES, "h.csv", "-o", "nowhere/p.csv")
    assert done.code == 1 and "nowhere" in done.err


def test_predict_does_not_speak_of_compiling(fastnn, process, folder, houses, monkeypatch):
    """Not even in a process that has trained before, and there would have spoken of it on stdout."""
    (folder / "p.py").write_text(plugin_text("late", 0.515625))
    plugin = ("--plugin", "p.py", "--activation", "late")
    assert process("train", "h.csv", "--epochs", "1", "--quiet", "--out", "run", *plugin).code == 0
    for _ in range(2):  # the second compiles nothing
        assert fastnn("train", "h.csv", "--epochs", "1", "--no-plot", "--out", "other", "--overwrite").code == 0
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(folder / "cache"))
    before = compilations()
    done = fastnn("predict", "run", "h.csv", "--plugin", "p.py")
    assert compilations() > before
    assert done.code == 0 and done.err == "" and len(rows(done.out)) == 80
    assert list(rows(done.out)[0]) == ["price"]


def test_unseen_categories(fastnn, folder, houses):
    (folder / "n.csv").write_text("size,kind\n100,castle\n120,flat\n")
    done = fastnn("predict", HOUSES, "n.csv")
    assert done.code == 0 and len(rows(done.out)) == 2
    assert "'castle' (1 row)" in done.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("size\n1\n", ["lacks a column", "'kind'", "Its columns: size"]),
        ("size,kind\nbig,flat\n", ["line 2", "'size'", "'big'"]),
        ("size,kind\n1\n", ["line 2 has 1 field"]),
        ("size,kind\ninf,flat\n", ["line 2", "infinite"]),
        ("", ["empty"]),
    ],
)
def test_data_that_do_not_fit(fastnn, folder, houses, content, words):
    (folder / "n.csv").write_text(content)
    done = fastnn("predict", HOUSES, "n.csv")
    assert done.code == 4 and all(word in done.err for word in words), done.err


def test_evaluate(fastnn, houses):
    done = fastnn("evaluate", HOUSES, "h.csv", "--json")
    found = json.loads(done.out)
    assert found["rows"] == 80 and set(found) == {"data", "rows", "standardized", "loss", "r2", "mae", "rmse"}
    predicted = np.array([float(row["price"]) for row in rows(fastnn("predict", HOUSES, "h.csv").out)])
    errors = predicted - np.array([price for _, _, price in houses])
    assert found["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)
    assert found["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5) and found["standardized"] is True
    done = fastnn("evaluate", HOUSES, "h.csv")
    assert done.code == 0 and "80 rows: standardized loss" in done.out and "RMSE" in done.out


def test_evaluate_needs_the_target(fastnn, folder, houses):
    (folder / "n.csv").write_text("size,kind\n100,flat\n")
    done = fastnn("evaluate", HOUSES, "n.csv")
    assert done.code == 4 and "no column 'price'" in done.err


@pytest.mark.parametrize(
    ("loss", "columns"),
    [
        ("cross_entropy", ["group", "p_lower", "p_upper"]),
        ("binary_cross_entropy", ["group", "p_lower", "p_upper"]),
        ("hinge", ["group"]),
    ],
)
def test_classes_and_their_probabilities(fastnn, loss, columns):
    assert fastnn("train", "moons", "--loss", loss, "--epochs", "20", "--lr", "0.01", "--quiet").code == 0
    found = rows(fastnn("predict", "runs/001-moons", "moons").out)
    assert list(found[0]) == columns and {row["group"] for row in found} == {"lower", "upper"}
    for row in found if len(columns) > 1 else []:
        p = {name: float(row[f"p_{name}"]) for name in ("lower", "upper")}
        assert sum(p.values()) == pytest.approx(1, abs=1e-5) and row["group"] == max(p, key=p.__getitem__)
    accuracy = json.loads(fastnn("evaluate", "runs/001-moons", "moons", "--json").out)["accuracy"]
    truth = [row["group"] for row in found]
    assert accuracy > 0.8 and len(truth) == 1000


def test_numbers_as_classes_keep_their_names(fastnn):
    assert fastnn("train", "digits", "--epochs", "3", "--quiet").code == 0
    found = rows(fastnn("predict", "runs/001-digits", "digits").out)
    assert {row["digit"] for row in found} == set("0123456789")
    assert list(found[0])[:3] == ["digit", "p_0", "p_1"]


def test_arrays(fastnn, folder):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    np.savez(folder / "t.npz", inputs=X, labels=np.where(X[:, 0] > 0, "yes", "no"))
    options = ("--features", "inputs", "--target", "labels", "--epochs", "30", "--lr", "0.02", "--quiet")
    assert fastnn("train", "t.npz", *options).code == 0
    done = fastnn("predict", "runs/001-t", "t.npz", "--features", "inputs")
    assert done.code == 0 and list(rows(done.out)[0]) == ["labels", "p_no", "p_yes"]
    done = fastnn("evaluate", "runs/001-t", "t.npz", "--features", "inputs", "--json")
    assert json.loads(done.out)["accuracy"] > 0.8
    np.save(folder / "only.npy", np.column_stack([X, X[:, 0]]))
    assert fastnn("train", "only.npy", "--epochs", "2", "--quiet").code == 0
    assert fastnn("predict", "runs/002-only", "only.npy").code == 0


def test_models_that_are_none(fastnn, folder, houses):
    content = (folder / HOUSES / "best.safetensors").read_bytes()
    Network([2, 1]).save(folder / "plain.safetensors")
    cases = {
        "absent.safetensors": (None, "No such file"),
        "empty.safetensors": (b"", "not a safetensors file"),
        "short.safetensors": (content[: len(content) // 2], "not a safetensors file"),
        "foreign.safetensors": (b"\x80\x04K\x01.", "not a safetensors file"),
        "newer.safetensors": (content.replace(rb'\"format_version\": 2', rb'\"format_version\": 9'), "update fastnn"),
        "plain.safetensors": ((folder / "plain.safetensors").read_bytes(), "without preprocessing"),
        "damaged.safetensors": (content.replace(b'missing', b'mashing'), "damaged"),
    }  # fmt: skip
    for name, (data, words) in cases.items():
        if data is not None:
            (folder / name).write_bytes(data)
        done = fastnn("predict", name, "h.csv")
        assert done.code == 4 and words in done.err, (name, done.err)
    (folder / "nothing").mkdir()
    done = fastnn("evaluate", "nothing", "h.csv")
    assert done.code == 4 and "the run saved no model" in done.err


def test_a_model_whose_plugin_is_missing_or_has_changed(process, folder):
    plugin = (
        "import fastnn\n"
        "def ramp(x):\n    return x if x > 0 else 0.125 * x\n"
        "def slope(x, y):\n    return 1.0 if x > 0 else 0.125\n"
        "@fastnn.hookimpl\n"
        "def fastnn_activations():\n    return [fastnn.Activation('cli_ramp', ramp, derivative=slope)]\n"
    )
    (folder / "fastnn_ramp.py").write_text(plugin)
    given = ("--plugin", "fastnn_ramp.py")
    assert process("train", "blobs", *given, "--activation", "cli_ramp", "--epochs", "1", "--quiet").code == 0
    predict = ("predict", "runs/001-blobs", "blobs")
    done = process(*predict)
    assert done.code == 4 and "--plugin fastnn_ramp.py" in done.err and "cli_ramp" in done.err
    done = process("train", "--config", "runs/001-blobs/config.toml")
    assert done.code == 2 and "--plugin fastnn_ramp.py" in done.err
    (folder / "fastnn_ramp.py").write_text(plugin.replace("0.125", "0.25"))
    done = process(*predict, *given)
    assert done.code == 4 and "has changed since the training" in done.err
    (folder / "fastnn_ramp.py").write_text(plugin)
    assert process(*predict, *given).code == 0


@pytest.mark.parametrize("output", ["h.csv", "./h.csv", HOUSES + "/best.safetensors", HOUSES, "."])
def test_inputs_are_never_written_over(fastnn, folder, houses, output):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    done = fastnn("predict", HOUSES, "h.csv", "-o", output, "--overwrite")
    assert done.code == 2 and "--output" in done.err
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_rows_without_a_finite_prediction_are_said(fastnn, folder, houses):
    (folder / "n.csv").write_text("size,kind\n100,flat\n1e40,flat\n")
    done = fastnn("predict", HOUSES, "n.csv")
    assert (done.code, "line 3" in done.err) == (0, True), done.err
    assert "1 row has no finite prediction, the first in line 3" in done.err


def test_predictions_are_exact(fastnn, folder):
    """Prices of 1e9 + N(0, 1) differ in their last digits; all of them used to be written as 1e+09."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    text = "x,y\n" + "".join(f"{a:.6f},{1e9 + a + b:.6f}\n" for a, b in zip(x, rng.normal(size=200) / 9, strict=True))
    (folder / "t.csv").write_text(text)
    assert fastnn("train", "t.csv", "--epochs", "20", "--quiet", "--out", "run").code == 0
    found = fastnn("predict", "run", "t.csv").out.split()[1:]
    model = loading.load("run")
    assert [float(text) for text in found] == model.predict("t.csv").tolist()
    assert np.corrcoef(x, np.array(found, float) - 1e9)[0, 1] > 0.9 and "e" not in "".join(found)


@pytest.mark.parametrize("output", ["p.xlsx", "p.txt", "p"])
def test_another_ending_is_refused_before_anything_is_read(fastnn, output):
    done = fastnn("predict", "runs/none", "none.csv", "-o", output)
    assert done.code == 2 and f"--output {output}" in done.err and ".csv, .tsv, .csv.gz, .tsv.gz" in done.err


def test_probabilities_are_in_the_dtype_of_the_model(fastnn, folder, houses):
    assert fastnn("train", "h.csv", "--target", "kind", "--epochs", "2", "--quiet", "--out", "kinds").code == 0
    assert fastnn("train", "h.csv", "--loss", "poisson", "--epochs", "1", "--quiet", "--out", "rates").code == 0
    for run, name in (("kinds", "p_flat"), ("rates", "price")):
        assert fastnn("predict", run, "h.csv", "-o", f"{run}.tsv.gz").code == 0
        with gzip.open(folder / f"{run}.tsv.gz", "rt") as file:
            found = [row[name] for row in csv.DictReader(file, delimiter="\t")]
        model = loading.load(run)
        values = model.predict("h.csv") if name == "price" else model.predict_proba("h.csv")[:, 0]
        assert values.dtype == np.float32 and [np.float32(text) for text in found] == values.tolist()
        assert max(map(len, found)) < 16
