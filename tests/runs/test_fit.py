"""fastnn.fit gives what fastnn train gives, whatever the table comes from; and what it says and refuses."""

from __future__ import annotations

import inspect
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fastnn
from fastnn.config import experiment
from fastnn.config.settings import SETTINGS
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute


def houses(rows=120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "size": rng.uniform(40, 200, rows).round(1),
            "kind": rng.choice(["flat", "house", "loft"], rows),
            "rooms": rng.integers(1, 12, rows),
            "garden": rng.integers(0, 2, rows).astype(bool),
        }
    )
    table["zone"] = rng.integers(8, 12, rows)
    table["grade"] = np.where(table["size"] > 120, "high", "low")
    table["price"] = 1000 * table["size"] + 5000 * table.rooms
    return table


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with houses.csv and other.csv."""
    monkeypatch.chdir(tmp_path)
    houses().to_csv("houses.csv", index=False)
    houses(30).to_csv("other.csv", index=False)
    return tmp_path


MAKERS = {
    "path": lambda frame: "houses.csv" if len(frame) > 30 else "other.csv",
    "pandas": lambda frame: frame.set_index(frame.index + 5),
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
    "dictionaries": lambda frame: frame.to_dict("records"),
}
CASES = {
    "regression": {"hidden": "16,8", "lr": 0.02, "dropout": 0.1},
    "texts": {"target": "grade", "ignore": "size,price", "optimizer": "adam:beta1=0.8", "hidden": "none"},
    "integers": {"target": "zone", "validation": "none", "activation": "tanh", "l2": 1e-3},
    "categories": {"target": "price", "categorical": "zone,rooms", "features": "zone,rooms,kind", "batch_size": 16},
    "several": {"target": "price,size", "validation": "other.csv", "dtype": "float64", "early_stopping": 2},
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_model_as_by_the_command_line(folder, case):
    options = {"epochs": 4, "seed": 3, **CASES[case]}
    texts = {name: str(value) for name, value in options.items()}
    execute(experiment("houses.csv", texts), out="run", plot=False, watcher=Watcher())
    theirs = fastnn.load("run")
    for name, make in MAKERS.items():
        settings = dict(options)
        if settings.get("validation") == "none":
            settings["validation"] = None
        elif settings.get("validation"):
            settings["validation"] = make(houses(30))
        ours = fastnn.fit(make(houses()), **settings)
        assert ours.network.parameters.tobytes() == theirs.network.parameters.tobytes(), name
        assert ours.preprocessing.texts == theirs.preprocessing.texts or name == "path"
        assert ours.predict(make(houses())).tobytes() == theirs.predict("houses.csv").tobytes()
        assert ours.evaluate(make(houses(30))) == theirs.evaluate("other.csv")
        assert [r.train_loss for r in ours.history] == [r.train_loss for r in theirs.history]
        if name == "path":
            ours.save("ours.safetensors")
            theirs_too = "last" if case == "integers" else "best"
            assert Path("ours.safetensors").read_bytes() == Path(f"run/{theirs_too}.safetensors").read_bytes()
    assert {*os.listdir()} == {"houses.csv", "other.csv", "ours.safetensors", "run"}  # fit writes nothing


def test_values_of_settings():
    """Python values, where the command line has texts."""
    table = houses(40)
    square = fastnn.Activation("square", lambda x: x * x, derivative=lambda x, y: 2 * x)
    for given, sizes in (
        ({"hidden": (8, 4)}, [9, 8, 4, 1]),
        ({"hidden": [np.int64(6)]}, [9, 6, 1]),
        ({"hidden": np.int64(6)}, [9, 6, 1]),
        ({"hidden": ()}, [9, 1]),
    ):
        model = fastnn.fit(table, ignore=["grade", "garden", "zone"], categorical=[], epochs=1, **given)
        assert list(model.network.sizes)[1:] == sizes[1:]
    model = fastnn.fit(table, target=["price"], activation=square, hidden=3, epochs=1, validation=0, threads=1)
    assert model.network.plan.activations[0].activation.part is square
    assert model.history[0].validation_loss is None and model.settings["validation"] == 0
    some = fastnn.fit(table, target="price", features=table.columns[[0, 2]], epochs=1)
    assert some.features == ("size", "rooms")
    numbered = fastnn.fit(pd.DataFrame(np.arange(30).reshape(10, 3) / 7), target=0, ignore=[1], epochs=1)
    assert numbered.targets == ("0",) and numbered.features == ("2",)
    assert numbered.predict(pd.DataFrame([[9.0, 4, 4]])).shape == (1,)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hiden": 3}, r"Unknown setting 'hiden'. Did you mean 'hidden'\?"),
        ({"plugin": "p.py"}, r"fastnn\.load_plugin"),
        ({"out": "folder"}, r"writes nothing; model\.save"),
        ({"batch_size": 0}, "^batch_size = 0 is not allowed"),
        ({"hidden": (0,)}, r"^hidden = \(0,\) is not allowed"),
        ({"lr": -1}, "lr = -1.0 is not allowed"),
        ({"validation": 1.5}, "^validation = 1.5 is not allowed"),
        ({"validation": None, "early_stopping": 3}, "^early_stopping watches the validation loss"),
        ({"target": "prize"}, r"^target: the table: Unknown column 'prize'. Did you mean 'price'\?"),
        ({"ignore": ["Size"]}, r"^ignore: the table: Unknown column 'Size'. Did you mean 'size'\?"),
        ({"categorical": "zones"}, r"^categorical: the table: Unknown column"),
        ({"on_epoch": 3}, "on_epoch = 3 is not allowed"),
        ({"target": houses(40)["price"]}, r"one table that contains the target.*fastnn\.train\(net, X, y\)"),
        ({"target": np.zeros(40)}, r"one table that contains the target"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(fastnn.UsageError, match=words):
        fastnn.fit(houses(40), **settings)


@pytest.mark.parametrize("table", [np.zeros((4, 2)), (np.zeros((4, 2)), np.zeros(4)), [[1, 2], [3, 4]]])
def test_arrays_are_for_train(table):
    with pytest.raises(fastnn.UsageError, match=r"fastnn\.train\(net, X, y\), or pandas\.DataFrame\(X\)"):
        fastnn.fit(table)


def test_data_that_are_refused_in_the_words_of_python():
    table = houses(40)
    for change, words in (
        ({"rooms": [None] * 40}, r'column \'rooms\' is empty. Leave it out: ignore="rooms"\.'),
        (
            {"big room": [np.inf] * 40},
            r'row \d+ \(counted from 0\): column .big room\' is infinite.*ignore="big room"\.',
        ),
        ({"size": [None] + [1.0] * 39}, "column 'size' has no value.*missing=\"mean\"|has no value"),
        ({"when": pd.date_range("2024", periods=40)}, "column 'when' holds times.*ignore=\"when\""),
    ):
        with pytest.raises(fastnn.DataError, match=words) as caught:
            fastnn.fit(table.assign(**change), target="price", missing="error")
        assert "--" not in str(caught.value)
    with pytest.raises(fastnn.DataError, match="the table has no rows"):
        fastnn.fit(table.iloc[:0])


def test_notes_are_warnings_of_the_caller():
    table = houses(40).assign(one=1, money=[f"${i}" for i in range(40)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        model = fastnn.fit(table, target="price", epochs=1)
        model.predict(
            {
                "size": 1,
                "kind": "castle",
                "rooms": 2,
                "garden": True,
                "zone": 8,
                "grade": "low",
                "one": 1,
                "money": "$1",
            }
        )
    assert {(w.filename, w.category) for w in caught} == {(__file__, fastnn.DataWarning)}
    assert caught[0].lineno == line and caught[-1].lineno == line + 1
    said = " ".join(str(w.message) for w in caught)
    assert "amounts of money" in said and 'ignore="money"' in said and "constant" in said and "'castle'" in said
    assert "--" not in said and issubclass(fastnn.DataWarning, UserWarning)


def test_on_epoch_stops():
    seen = []
    model = fastnn.fit(
        houses(), epochs=9, on_epoch=lambda record: seen.append(record) or ("stop" if len(seen) == 2 else None)
    )
    assert seen == list(model.history) and len(seen) == 2 and model.epoch in (1, 2)


def test_nothing_that_was_trained_is_lost():
    def interrupt(record):
        if record.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="after 3 epochs is the exception's attribute model") as caught:
        fastnn.fit(houses(), epochs=9, on_epoch=interrupt)
    model = caught.value.model
    reached = fastnn.fit(houses(), epochs=3)
    assert model.network.parameters.tobytes() == reached.network.parameters.tobytes() and model.epoch == reached.epoch
    assert model.predict(houses()).shape == (120,) and len(model.history) == 3

    def fail(record):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as failed:
        fastnn.fit(houses(), epochs=9, on_epoch=fail)
    assert len(failed.value.model.history) == 1 and "attribute model" in failed.value.__notes__[0]

    with pytest.raises(
        fastnn.Diverged, match=r"smaller learning rate.*after \d+ epochs? is the exception's"
    ) as diverged:
        fastnn.fit(houses(), epochs=50, optimizer="sgd", lr=1e30, clip_norm=None, validation=None)
    assert np.isfinite(diverged.value.model.network.parameters).all()
    assert type(diverged.value.model) is fastnn.Model and diverged.value.result is not None


def test_the_docstring_names_settings_that_exist():
    section = fastnn.fit.__doc__.partition("**settings")[2].partition("Returns\n")[0]
    named = set(re.findall(r"``(\w+)=", section))
    assert len(named) >= 15 and named <= set(SETTINGS)
