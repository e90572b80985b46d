"""--test, --stratify and --validation last:FRACTION, as commands and in config.toml."""

import os

import numpy as np
import pytest

from fastnn.config import experiment
from fastnn.errors import UsageError

QUICK = ("--epochs", "2", "--no-plot")


@pytest.fixture
def tables(folder):
    """Three files of one kind."""
    for seed, (name, rows) in enumerate((("t.csv", 60), ("v.csv", 12), ("w.csv", 9))):
        x = np.random.default_rng(seed).normal(size=rows)
        lines = [f"{a:.3f},{'yes' if a > 0.3 else 'no'},{3 * a + 70:.2f}" for a in x]
        (folder / name).write_text("\n".join(["x,big,y", *lines]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ("--test 0.1", "42 training rows, 12 validation rows, 6 test rows"),
        ("--test last:0.5 --validation 0.25", "15 training rows, 15 validation rows, 30 test rows"),
        ("--test last:0.2 --validation last:0.2", "36 training rows, 12 validation rows, 12 test rows"),
        ("--test w.csv", "48 training rows, 12 validation rows, 9 test rows"),
        ("--test w.csv --validation v.csv", "60 training rows, 12 validation rows, 9 test rows"),
        ("--test 0.2 --validation none", "48 training rows, no validation rows, 12 test rows"),
        ("--test none", "48 training rows, 12 validation rows\n"),
        ("--target big --test 0.1 --stratify true", "42 training rows, 12 validation rows, 6 test rows"),
    ],
)
def test_the_test_is_judged_once_and_said(fastnn, tables, options, counts):
    done = fastnn("train", "t.csv", *options.split(), *QUICK, "--out", "run")
    assert done.code == 0 and counts in done.out, done.err
    assert done.out.count("test rows: ") == ("test rows" in counts)
    quiet = fastnn("train", "t.csv", *options.split(), *QUICK, "--quiet", "--out", "run", "--overwrite").out
    assert ("; test " in quiet) == ("test rows" in counts)
    again = fastnn("train", "--config", "run/config.toml", "--no-plot", "--out", "again")
    assert again.code == 0, again.err
    assert (tables / "run/best.safetensors").read_bytes() == (tables / "again/best.safetensors").read_bytes()
    judged = [[line for line in text.splitlines() if line.startswith("test rows")] for text in (done.out, again.out)]
    assert judged[0] == judged[1]


def test_a_test_file_is_recorded_like_a_validation_file(fastnn, tables):
    fastnn("train", "t.csv", "--test", "w.csv", *QUICK, "--out", "run")
    text = (tables / "run/config.toml").read_text()
    assert f'test = "{tables}/w.csv"' in text and text.count("w.csv") == 2  # the other: its fingerprint
    with open(tables / "w.csv", "a") as file:
        file.write("0.5,yes,71.5\n")
    assert "w.csv has changed" in fastnn("train", "--config", "run/config.toml", *QUICK).err
    assert fastnn("train", "t.csv", *QUICK, "--out", "other").code == 0
    assert 'test = "auto"' in (tables / "other/config.toml").read_text()
    os.rename("w.csv", "run/metrics.csv")
    done = fastnn("train", "t.csv", "--test", "run/metrics.csv", *QUICK, "--out", "run", "--overwrite")
    assert done.code == 2 and "overwrite its own data, run/metrics.csv" in done.err


def test_a_test_file_must_be_unseen(fastnn, tables):
    os.symlink("t.csv", "link.csv")
    for test, more, what in (
        ("t.csv", (), "training"), ("link.csv", (), "training"), ("./t.csv", (), "training"),
        ("v.csv", ("--validation", "v.csv"), "validation"),
    ):  # fmt: skip
        done = fastnn("train", "t.csv", "--test", test, *more, *QUICK)
        assert done.code == 2 and f"--test {test}: these are the {what} data" in done.err
    done = fastnn("train", "moons", "--test", "moons", *QUICK)
    assert done.code == 2 and "these are the training data" in done.err
    (tables / "bad.csv").write_text("x,big\n1,yes\n")
    done = fastnn("train", "t.csv", "--test", "bad.csv", *QUICK)
    assert done.code == 4 and "bad.csv has no column 'y'" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"test": "last:0"}, "--test = 'last:0' is not allowed: it must be last:FRACTION with a fraction above 0 and"),
        ({"validation": "last:1"}, "--validation = 'last:1' is not allowed"),
        ({"validation": "last:x"}, "--validation = 'last:x' is not allowed"),
        ({"validation": "last"}, "--validation = 'last' is not allowed: it must be last:FRACTION"),
        (
            {"test": "1.5"},
            "--test = '1.5' is not allowed: it must be a fraction .*, the path of a file, or none, or 'auto'",
        ),
        ({"test": ""}, "--test = '' is not allowed"),
        ({"test": "0.5", "validation": "0.5"}, r"--validation = 0.5 and --test = 0.5 leave no rows for training"),
        ({"test": "last:0.8"}, r"validation = 0.2 and --test = last:0.8 leave no rows"),
        ({"stratify": "maybe"}, "--stratify = 'maybe' is not allowed: it must be true or false"),
        (
            {"stratify": "true", "validation": "last:0.2"},
            "--stratify = true .* but --validation = last:0.2 takes the last",
        ),
        ({"stratify": "true", "test": "last:0.2"}, "--stratify = true .* but --test = last:0.2 takes the last"),
        (
            {"stratify": "true", "validation": "none"},
            "--stratify = true .* no rows are drawn: set --validation or test to a",
        ),
        ({"early_stopping": "2", "validation": "none", "test": "0.2"}, "--early-stopping watches the validation loss"),
    ],
)
def test_what_contradicts_itself(options, words):
    with pytest.raises(UsageError, match=words):
        experiment("digits", options)


@pytest.mark.parametrize("option", [["--stratify", "true"], ["--stratify"]])
def test_stratify_is_not_for_a_regression(fastnn, tables, option):
    done = fastnn("train", "t.csv", *option, *QUICK)
    assert done.code == 2 and "this is a regression, of y" in done.err
