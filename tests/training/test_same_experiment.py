"""The command line and Python train the same network, to the bit, on the same data with the same settings."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.config import experiment
from fastnn.data.source import read
from fastnn.data.split import split
from fastnn.errors import DataError, UsageError
from fastnn.runs.outcome import Watcher
from fastnn.runs.run import execute

SETTINGS = {"epochs": 3, "seed": 4}


def by_the_command_line(folder, data="digits", **options):
    """The outcome of a run, as fastnn train makes one."""
    texts = {name: str(value) for name, value in options.items()}
    return execute(experiment(data, texts), out=str(folder / "run"), plot=False, watcher=Watcher())


def in_python(outcome, data="digits", **settings):
    """The same network and preprocessing, with all rows in their order and a fraction that validates."""
    table, fitted = read(data), outcome.run.dataset.preprocessing
    X, _ = fitted.inputs(table)
    y = fitted.target.encode(table, np.arange(table.rows))
    net = fastnn.Network(outcome.run.network.sizes, seed=settings["seed"])
    return net, fastnn.train(net, X, y, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"validation": 0.31, "batch_size": 50, "optimizer": "sgd", "lr": 0.1, "l2": 1e-3},
        {"dropout": 0.25, "clip_norm": 1.0},
        {"validation": 0, "dropout": 0.25},
        {"validation": "last:0.3", "dropout": 0.25},
    ],
)
def test_a_fraction_validates_alike(tmp_path, settings):
    settings = {**SETTINGS, **settings}
    outcome = by_the_command_line(tmp_path, **settings)
    net, result = in_python(outcome, **settings)
    assert net.parameters.tobytes() == outcome.run.network.parameters.tobytes()
    assert result.best_epoch == outcome.best_epoch
    for ours, theirs in zip(result.history, outcome.history, strict=True):
        assert (ours.train_loss, ours.validation_loss) == (theirs.train_loss, theirs.validation_loss)
        assert ours.metrics.items() <= theirs.metrics.items()  # a run measures more


def test_the_rows_of_digits():
    training, validation = split(1797, 0.2, 0)
    assert (len(training), len(validation)) == (1438, 359)
    assert validation[:8].tolist() == [10, 16, 19, 20, 23, 30, 39, 42]


def rows(folder, count: int) -> str:
    path = folder / "rows.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i * i % 7}.5\n" for i in range(count)))
    return str(path)


@pytest.mark.parametrize(("count", "fraction", "validate"), [(2, 0.2, 1), (2, 0.9, 1), (30, 0.001, 1), (30, 0.999, 29)])
def test_each_side_has_a_row(tmp_path, count, fraction, validate):
    """However small the fraction or the data, where a fraction validates at all."""
    X, y = np.arange(count)[:, None], np.arange(count)
    net = fastnn.Network([1, 1])
    assert fastnn.train(net, X / count, y / count, loss="mse", epochs=1, validation=fraction).best_epoch == 1
    if count - validate > 1:  # a file's columns are constant in a single training row, which is refused
        outcome = by_the_command_line(tmp_path, rows(tmp_path, count), epochs=1, validation=fraction, task="regression")
        assert len(outcome.run.dataset.validation[1]) == validate


def test_one_row_cannot_be_on_both_sides(tmp_path):
    words = "1 row cannot be divided into training and validation rows: set validation to 0"
    with pytest.raises(DataError, match=words):
        fastnn.train(fastnn.Network([1, 1]), [[1.0]], [2.0], loss="mse")
    with pytest.raises(DataError, match=words):
        by_the_command_line(tmp_path, rows(tmp_path, 1), task="regression")
    for none in (0, None):
        result = fastnn.train(fastnn.Network([1, 1]), [[1.0]], [2.0], loss="mse", validation=none)
        assert result.best_epoch is None and len(result.history) == 10


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_size": 32, "optimizer": "gd"}, "{batch_size} = 32 is not allowed: the optimizer 'gd' always takes"),
        ({"early_stopping": 3, "validation": 0}, "{early_stopping} watches the validation loss.* set {validation} to"),
        ({"batch_size": 0}, "{batch_size} = 0 is not allowed: it must be an integer of at least 1, or '?[a-zN]+'?."),
        ({"seed": 1.5}, "{seed} = '?1.5'? is not allowed: it must be an integer of at least 0."),
        ({"threads": 5000}, "{threads} = 5000 is not allowed: it must be an integer from 1 to 1024"),
        ({"dropout": 1}, "{dropout} = '?1'? is not allowed: it must be a number of at least 0 and below 1."),
        ({"clip_norm": 0}, "{clip_norm} = '?0'? is not allowed: it must be a number above 0, or '?[a-zN]+'?."),
        ({"shuffle": "maybe"}, "{shuffle} = 'maybe' is not allowed: it must be true or false."),
        ({"lr": -1}, "optimizer adam: lr = -1(.0)? is not allowed: it must be a number of at least 0."),
    ],
)
def test_both_refuse_the_same_in_the_same_words(settings, words):
    """But for the names: an option on the command line, an argument in Python."""
    net, X = fastnn.Network([1, 1]), np.ones((9, 1))
    with pytest.raises(UsageError, match=words.format_map({name: name for name in settings})):
        fastnn.train(net, X, X, loss="mse", **settings)
    options = {name: "--" + name.replace("_", "-") for name in settings}
    with pytest.raises(UsageError, match=words.format_map(options)):
        experiment("digits", {name: str(value) for name, value in settings.items()})
