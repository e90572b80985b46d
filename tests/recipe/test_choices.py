"""What the recipe chooses, and that an option replaces its own choice alone."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from fastnn.config import experiment
from fastnn.data.share import Folds
from fastnn.errors import UsageError
from fastnn.recipe.choices import chosen
from fastnn.recipe.facts import Facts
from fastnn.recipe.limits import limited

SMALL = Facts(rows=1_000, numbers=8, categories=2, labels=9, task="classification", classes=3)
LARGE = replace(SMALL, rows=50_000)
VALUES = replace(SMALL, task="regression", classes=0)


def made(facts=SMALL, **options):
    found = chosen(experiment("t.csv", {"recipe": "auto", **options}), facts)
    return {f.name: getattr(found, f.name) for f in fields(found) if f.name not in ("given", "data")}


def test_small_and_large_tables():
    small, large = made(), made(LARGE)
    assert (small["ensemble"], small["validation"], small["stratify"]) == (8, Folds(4), True)
    assert small["encoding"] == "auto" and small["clip_inputs"] and small["optimizer"].values["lr"] == 0.002
    assert small["epochs"] * 12 >= 3_000 and small["early_stopping"] == round(0.15 * small["epochs"])
    assert large["ensemble"] < 8 and large["hidden"] == (256, 128) and large["dropout"] == 0.1
    assert not made(VALUES)["stratify"]
    assert made(replace(SMALL, rows=20))["epochs"] <= 1_000


@pytest.mark.parametrize(
    ("name", "value", "with_it"),
    [
        ("ensemble", "3", ()), ("hidden", "8", ()), ("dropout", "0", ()), ("clip_inputs", "none", ()),
        ("encoding", "quantiles:5", ()), ("activation", "tanh", ()), ("lr", "0.01", ("optimizer",)),
        ("loss", "cross_entropy:label_smoothing=0.1", ()), ("seed", "3", ()), ("early_stopping", "7", ()),
        ("early_stopping", "none", ()), ("stratify", "false", ()), ("epochs", "9", ("early_stopping",)),
        ("batch_size", "16", ("epochs", "early_stopping")), ("threads", "1", ()),
        ("validation", "last:0.2", ("stratify", "epochs", "early_stopping")),
        ("validation", "other.csv", ("stratify", "epochs", "early_stopping")),
        ("validation", "0.3", ("epochs", "early_stopping")), ("l2", "0.1", ()), ("clip_norm", "1", ()),
        ("validation", "none", ("stratify", "epochs", "early_stopping", "encoding")),
        ("optimizer", "adamw", ()), ("optimizer", "gd", ("batch_size", "epochs", "early_stopping")),
    ],
)  # fmt: skip
def test_an_option_replaces_its_own_choice_alone(name, value, with_it):
    """with_it: choices that depend on it, such as the number of epochs on the size of a batch."""
    before, after = made(), made(**{name: value})
    changed = {key for key in before if before[key] != after[key]}
    assert changed - {name, *with_it} == set()
    if name == "lr":
        assert after["optimizer"] == before["optimizer"].changed({"lr": 0.01})
    else:
        other = {"validation": "0.2"} if name == "stratify" else {}
        assert after[name] == getattr(experiment("t.csv", {"recipe": "plain", name: value, **other}), name)


def test_a_given_optimizer_keeps_its_learning_rate_unless_that_is_adams_own():
    assert made(optimizer="adam:lr=0.5")["optimizer"].values["lr"] == 0.5
    assert made(optimizer="sgd")["optimizer"] == experiment("t.csv", {"optimizer": "sgd"}).optimizer


@pytest.mark.parametrize(("recipe", "options", "file"), [(None, {}, ""), ("plain", {"epochs": "3"}, ""),
    ("plain", {"hidden": "3"}, ""), ("auto", {"hidden": "3", "recipe": "auto"}, ""), ("plain", {}, "seed = 1"),
    ("auto", {}, 'recipe = "auto"')])  # fmt: skip
def test_three_options_mean_the_plain_defaults(tmp_path, recipe, options, file):
    path = tmp_path / "c.toml"
    path.write_text(file)
    assert experiment("t.csv", options, file=str(path) if file else None).recipe == recipe


def test_an_encoding_that_would_be_too_large_is_left_out_or_refused():
    notes = []
    wide, long = replace(SMALL, numbers=77), replace(SMALL, rows=1_000_000)
    wish = experiment("t.csv", {"encoding": "auto"})
    for facts, size in ((wide, "1,010 inputs"), (long, "431 MB of inputs")):
        assert limited(wish, facts, notes).encoding == "none" and size in notes.pop()
        with pytest.raises(UsageError, match=f"would give {size}"):
            limited(experiment("t.csv", {"encoding": "quantiles:12"}), facts, notes)
    assert limited(wish, replace(SMALL, numbers=76), notes) is wish and not notes


def test_auto_needs_validation_rows():
    with pytest.raises(UsageError, match="encoding = auto takes the encoding with the lower validation loss"):
        experiment("t.csv", {"encoding": "auto", "validation": "none"})
