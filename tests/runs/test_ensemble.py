"""Several networks on folds: honest figures, equal bits, and models that hold them all."""

from __future__ import annotations

import csv
import tomllib
import weakref

import numpy as np
import pandas
import pytest

import fastnn
from fastnn import ops
from fastnn.config import experiment
from fastnn.data.python.given import read_given
from fastnn.data.split import rotate
from fastnn.data.text.delimited import ReadOptions
from fastnn.model.outputs import combined
from fastnn.runs import ensemble
from fastnn.runs.members import seed_of
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute
from fastnn.runs.setup import prepare
from fastnn.training.prepared import prepare_training

pytestmark = pytest.mark.filterwarnings("ignore::fastnn.DataWarning")
FAST = {"epochs": "6", "recipe": "auto", "hidden": "8", "ensemble": "5"}


def table(rows=120, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    frame = pandas.DataFrame({"size": rng.normal(100, 30, rows), "age": rng.integers(0, 90, rows)})
    frame["kind"] = rng.choice(["flat", "house", "hut"], rows, p=[0.6, 0.35, 0.05])
    frame["price"] = 3 * frame["size"] + 40 * (frame["kind"] == "house") + noise * rng.normal(0, 30, rows)
    return frame


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table().to_csv("t.csv", index=False)
    return tmp_path


def run(out, data="t.csv", plot=False, file=None, **options):
    return execute(experiment(data, options, file=file), out=out, plot=plot, watcher=Watcher())


@pytest.mark.parametrize(
    "options",
    [{}, {"encoding": "quantiles:5"}, {"validation": "0.25"}, {"validation": "none"}, {"loss": "huber:delta=20"},
     {"target": "kind", "stratify": "true"}, {"test": "0.2", "seed": "3"}],
    ids=str,
)  # fmt: skip
def test_the_recorded_configuration_gives_the_same_files(data, options):
    outcome = run("one", **FAST | options)
    found = tomllib.loads((data / "one/config.toml").read_text())
    assert found["recipe"] == "auto" and found["encoding"] in ("none", "quantiles:5", "quantiles:12")
    run("two", data=None, file="one/config.toml")
    for name in ("best.safetensors", "last.safetensors"):
        if outcome.history[0].validation_loss is not None or name.startswith("last"):
            assert (data / "one" / name).read_bytes() == (data / "two" / name).read_bytes()
    model = fastnn.fit("t.csv", **FAST | options)  # Python gives the same bits
    same = fastnn.load("one")
    for ours, theirs in zip(model.networks, same.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters, theirs.parameters)
    np.testing.assert_array_equal(model.predict("t.csv"), same.predict("t.csv"))


def test_each_network_is_that_of_its_own_rows_and_the_figure_is_out_of_fold(data):
    """Everything once more with the public functions: a table for each fold, a training for each network."""
    frame, settings = (
        table(),
        {"epochs": 6, "hidden": (8,), "recipe": "plain", "encoding": "quantiles:5", "dropout": 0.1},
    )
    outcome = run("out", epochs="6", hidden="8", recipe="plain", encoding="quantiles:5", dropout="0.1", ensemble="5",
                  validation="folds:4")  # fmt: skip
    model = fastnn.load("out")
    folds = rotate(len(frame), 4, 0.0, 0)
    judged = np.zeros(len(frame))
    votes = np.zeros(len(frame))
    for number, network in enumerate(model.networks):
        parts = folds[number % 4]
        rows, held_out = frame.iloc[parts.training], frame.iloc[parts.validation]
        alone = fastnn.fit(rows, validation=held_out, seed=seed_of(0, number), **settings)
        np.testing.assert_array_equal(network.parameters, alone.network.parameters)
        assert model.epochs[number] == alone.epoch
        judged[parts.validation] += alone.predict(held_out)
        votes[parts.validation] += 1
    assert votes.sum() == len(frame) + len(folds[0].validation)
    errors = judged / votes - frame["price"]
    spread = frame["price"].std(ddof=0)
    assert outcome.validation["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-5)
    assert outcome.validation["validation_loss"] == pytest.approx(np.mean(errors**2) / spread**2, rel=1e-5)
    means = [fastnn.load("out").predict(frame), np.zeros(len(frame))]
    for number, network in enumerate(model.networks):
        own = model.preprocessing.own[number]
        alone = fastnn.Model((network,), own)
        means[1] += alone.predict(frame) / 5
    np.testing.assert_allclose(means[0], means[1], rtol=1e-5)


@pytest.mark.parametrize("target", ["price", "kind"])
def test_noise_is_not_learned(data, target):
    """Where nothing can be learned, no figure says otherwise: rows that validate have not leaked into a training."""
    rng = np.random.default_rng(5)
    frame = table(300)
    frame["price"], frame["kind"] = rng.normal(size=300), rng.choice(["a", "b"], 300)
    frame["id"] = [f"n{i % 150}" for i in range(300)]
    frame.to_csv("t.csv", index=False)
    found = run("out", target=target, recipe="auto", ensemble="4", epochs="60", hidden="32").validation
    assert found["r2"] < 0.03 if target == "price" else found["accuracy"] < 0.56


def test_the_files_of_a_run(data):
    outcome = run("out", plot=True, test="0.1", **FAST)
    with open("out/metrics.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["network"] for line in lines] == sorted(line["network"] for line in lines)
    assert {line["network"] for line in lines} == set("12345") and lines[0]["epoch"] == "1"
    assert (data / "out/curves.png").stat().st_size > 10_000
    best, last = fastnn.load("out/best.safetensors"), fastnn.load("out/last.safetensors")
    assert len(best.networks) == len(last.networks) == 5 and best.epochs == outcome.epochs and best.epoch is None
    assert last.epochs == tuple(sum(line["network"] == str(n) for line in lines) for n in range(1, 6))
    losses = [float(line["standardized_train_loss"]) for line in lines if line["epoch"] == "1"]
    assert best.history[0].train_loss == pytest.approx(np.mean(losses)) and best.history[0].networks == 5
    assert [r.epoch for r in best.history] == list(range(1, len(best.history) + 1))
    assert "5 networks" in repr(best) and best.summary().count("network") >= 1 and set(outcome.test) >= {"r2", "loss"}


def test_the_test_rows_are_judged_by_all_networks(data):
    outcome = run("out", test="0.25", **FAST)
    tested = table().iloc[rotate(120, 4, 0.25, 0)[0].test]
    found = fastnn.load("out").evaluate(tested)
    assert found == pytest.approx({name: outcome.test[name] for name in found}, rel=1e-5)


@pytest.mark.parametrize("loss", ["poisson", "huber", "quantile:quantile=0.8", "binary_cross_entropy", "hinge"])
def test_every_kind_of_target(data, loss):
    frame = table()
    if loss == "poisson":
        frame["price"] = frame["age"]
    elif loss in ("binary_cross_entropy", "hinge"):
        frame["price"] = np.where(frame["price"] > 300, 1, -1) if loss == "hinge" else frame["price"] > 300
    model = fastnn.fit(frame, loss=loss, **FAST)
    found = model.evaluate(frame)
    read = read_given(frame, "t", ReadOptions())
    outputs = [own.inputs(read)[0] for own in model.preprocessing.own]
    values = [net.predict(X) for net, X in zip(model.networks, outputs, strict=True)]
    if loss == "poisson":
        np.testing.assert_allclose(model.predict(frame), np.mean(values, axis=0), rtol=1e-4)
    elif loss == "binary_cross_entropy":
        p = [net.predict_proba(X) for net, X in zip(model.networks, outputs, strict=True)]
        np.testing.assert_allclose(model.predict_proba(frame), np.mean(p, axis=0), rtol=1e-4)
    assert np.isfinite(found["loss"]) and len(model.networks) == 5


def test_a_shared_validation_judges_the_average(data):
    table(40, seed=9).to_csv("v.csv", index=False)
    outcome = run("out", validation="v.csv", **FAST)
    model = fastnn.load("out")
    assert model.preprocessing.own == () and len(model.networks) == 5
    assert outcome.validation["rmse"] == pytest.approx(model.evaluate("v.csv")["rmse"], rel=1e-5)


@pytest.mark.parametrize("options", [{}, {"validation": "none"}])
def test_an_ensemble_of_the_plain_network(data, options):
    options = {"epochs": "4", **options}
    run("one", **options)
    run("three", ensemble="3", **options)
    alone, three = fastnn.load("one"), fastnn.load("three")
    np.testing.assert_array_equal(alone.network.parameters, three.networks[0].parameters)
    assert three.preprocessing == alone.preprocessing and len(three.networks) == 3
    assert len({net.parameters.tobytes() for net in three.networks}) == 3
    if "validation" in options:
        last = fastnn.fit("t.csv", seed=seed_of(0, 2), validation=None, epochs=4)
        np.testing.assert_array_equal(last.network.parameters, three.networks[2].parameters)


def test_ctrl_c_keeps_all_networks(data):
    class Impatient(Watcher):
        calls = 0

        def progress(self, done, total):
            self.calls += 1
            if self.calls == 20:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(experiment("t.csv", FAST | {"threads": "1"}), out="out", plot=True, watcher=Impatient())
    model = fastnn.load("out")
    assert 0 < len(model.networks) < 5 and np.isfinite(model.predict("t.csv")).all()
    assert (data / "out/curves.png").exists() and "network" in (data / "out/metrics.csv").read_text()
    with pytest.raises(KeyboardInterrupt) as caught:
        fastnn.fit("t.csv", on_epoch=interrupt, **FAST)
    assert len(caught.value.model.networks) == 5


def interrupt(record):
    raise KeyboardInterrupt


def test_on_epoch_takes_the_means_and_may_stop_all(data):
    seen = []
    model = fastnn.fit("t.csv", on_epoch=lambda r: seen.append(r) or ("stop" if r.epoch == 2 else None), **FAST)
    assert [r.epoch for r in seen] == [1, 2] and seen[0].networks == 5 and len(model.networks) == 5
    assert seen[0].train_loss == model.history[0].train_loss


@pytest.mark.parametrize("networks", [4, 5])
def test_every_epoch_is_told(data, networks):
    """Also if no network is left to train when the encoding has been chosen."""
    seen = []
    model = fastnn.fit("t.csv", on_epoch=seen.append, **FAST | {"ensemble": networks})
    assert [(r.epoch, r.networks) for r in seen] == [(r.epoch, networks) for r in model.history] and len(seen) == 6


def test_all_is_done_when_all_have_stopped_early(data):
    seen = []

    class Counting(Watcher):
        def progress(self, done, total):
            seen.append((done, total))

    options = FAST | {"epochs": "200", "early_stopping": "2", "lr": "0.1"}
    outcome = execute(experiment("t.csv", options), out="out", plot=False, watcher=Counting())
    assert outcome.stopped == "early_stopping" and seen == sorted(seen) and seen[-1] == (9 * 200, 9 * 200)


def test_a_network_that_diverges_is_left_out(data, monkeypatch):
    def with_one_bad(net, *arguments, **options):
        if options["seed"] == seed_of(0, 2):
            net.parameters[:] = 1e30
        return prepare_training(net, *arguments, **options)

    monkeypatch.setattr(ensemble, "prepare_training", with_one_bad)
    notes = []
    watcher = Watcher()
    watcher.note = notes.append
    execute(experiment("t.csv", FAST | {"encoding": "none"}), out="out", plot=False, watcher=watcher)
    model = fastnn.load("out")
    assert len(model.networks) == len(model.epochs) == 4 and "network 3 of 5 diverged and is left out" in notes[-1]
    with pytest.raises(fastnn.Diverged, match=r"All .* networks diverged"):
        run("none", **FAST, lr="1e30")
    assert not (data / "none").exists()


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n" + "".join(f"{i},{i % 7 + 0.5}\n" for i in range(20)),
        "x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(10)),
        "x,y\n" + "".join(f"{i},{'abc'[(i > 3) + (i > 8)]}\n" for i in range(10)),  # a class with one row
        "x,c,y\n" + "".join(f"{i},7,{i * i}\n" for i in range(12)),  # a constant column
        "x,k,y\n" + "".join(f"{'' if i % 3 else i},{'' if i % 4 else 'u'},{i * 1.5}\n" for i in range(24)),
        "x,y\n1,2.5\n2,3.5\n3,1.5\n4,9.5\n",
    ],
)
def test_small_and_odd_tables(data, text):
    (data / "t.csv").write_text(text)
    model = fastnn.fit("t.csv", **FAST | {"ensemble": "4"})
    assert len(model.networks) == 4 and len(model.predict("t.csv")) == text.count("\n") - 1
    again = fastnn.fit("t.csv", **FAST | {"ensemble": "4"})
    assert [a.parameters.tobytes() for a in model.networks] == [b.parameters.tobytes() for b in again.networks]


@pytest.mark.parametrize("options", [{}, {"loss": "huber:delta=0.1"}, {"target": ["x", "y"]}, {"test": 0.1}], ids=str)
def test_a_target_that_is_constant_in_the_rows_of_one_network(options):
    frame = pandas.DataFrame({"k": ["u", "v"] * 20, "x": np.linspace(0.5, 3, 40), "y": 0.5})
    frame.loc[3, "y"] = 2.25
    model = fastnn.fit(frame, **{"target": "y"} | FAST | {"ensemble": 4} | options)
    scales = [own.target.scale[-1] for own in model.preprocessing.own]
    means = [own.target.mean[-1] for own in model.preprocessing.own]
    assert means.count(0.5) == 1 and 0.5 + np.abs(model.predict(frame).reshape(40, -1)[:, -1] - 0.5).max() < 3
    assert all(0.1 < scale < 0.5 for scale in scales)
    with pytest.raises(fastnn.DataError, match="in every row: there is nothing to learn"):
        fastnn.fit(frame.assign(y=0.5), target="y", **FAST)


@pytest.mark.parametrize("name", ["early_stopping", "clip_inputs", "encoding"])
def test_none_replaces_the_choice_of_the_recipe(name):
    assert fastnn.fit(table(), **FAST | {"ensemble": 2, name: None}).settings[name] == "none"


def test_several_targets(data):
    model = fastnn.fit(table(), target=["price", "age"], **FAST)
    assert model.predict(table()).shape == (120, 2) and "rmse of age" in model.evaluate(table())


def test_nothing_but_probabilities_is_averaged():
    net = fastnn.Network([1, 3])
    fastnn.train(net, np.eye(3)[:, :1], np.arange(3), epochs=1, validation=None)
    z = np.array([[[0.0, 0, 9]], [[4.0, 0, 0]]], np.float32)
    mean = np.mean([ops.activation("softmax", one) for one in z], axis=0)
    np.testing.assert_allclose(ops.activation("softmax", combined(list(z), net.loss)), mean, rtol=1e-5)


def test_a_long_run_is_saved_meanwhile(data, monkeypatch):
    monkeypatch.setattr("fastnn.runs.run_together.SAVE_SECONDS", 0.0)
    found = []

    class Looking(Watcher):
        def progress(self, done, total):
            if (data / "out/last.safetensors").exists():
                found.append(len(fastnn.load("out").networks))

    execute(experiment("t.csv", FAST | {"encoding": "none"}), out="out", plot=False, watcher=Looking())
    assert found and found == sorted(found) and found[0] == 1 and max(found) >= 3


def test_the_data_of_the_other_encoding_are_freed(data):
    prepared = prepare(experiment("t.csv", FAST), print)
    of = {name: [weakref.ref(m.dataset.X) for m in members] for name, members in prepared.members.items()}
    left = []
    together = ensemble.Ensemble(
        prepared, on_end=lambda: left.append({n for n, refs in of.items() if refs[0]() is not None})
    )
    together.train()
    assert left == [set(of)] * 8 + [{together.encoding}]


@pytest.mark.parametrize("options", [{"ensemble": "1", "encoding": "quantiles:5"}, {"ensemble": "1"}, {}])
def test_one_row_is_predicted_as_in_a_table(data, options):
    model = fastnn.fit("t.csv", **FAST | options)
    rows = table(3, seed=4).drop(columns="price")
    together = model.predict(rows)
    for number, row in enumerate(rows.to_dict("records")):
        np.testing.assert_allclose(model.predict(row), together[number], rtol=1e-5)
