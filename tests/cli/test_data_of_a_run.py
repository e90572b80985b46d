"""Which data a run trains, validates and tests on: seen before, from standard input, or large."""

import io
import os
import sys

import numpy as np
import pytest

ROWS = [(a, 3 * a + b) for a, b in np.random.default_rng(0).normal(size=(60, 2)).round(2).tolist()]
TABLE = "a,y\n" + "".join(f"{a},{y:.2f}\n" for a, y in ROWS)
QUICK = ("--epochs", "1", "--quiet")
SEEN = "the validation data are the training data"


@pytest.fixture
def tables(folder):
    for name in ("t.csv", "v.csv"):
        (folder / name).write_text(TABLE)
    os.symlink("t.csv", "link.csv")
    return folder


@pytest.fixture
def given(monkeypatch):
    def given(content: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))

    return given


@pytest.mark.parametrize(
    ("data", "validation", "said"),
    [
        ("t.csv", "t.csv", True), ("t.csv", "./t.csv", True), ("t.csv", "link.csv", True), ("moons", "moons", True),
        ("t.csv", "v.csv", False), ("t.csv", "0.2", False),
    ],
)  # fmt: skip
def test_validation_on_the_training_data_is_said(fastnn, tables, data, validation, said):
    done = fastnn("train", data, "--validation", validation, *QUICK)
    assert done.code == 0 and (SEEN in done.err) == said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("- --validation -", "--validation -: standard input can be read only once, and it is DATA already"),
        ("- --test -", "--test -: standard input can be read only once, and it is DATA already"),
        ("t.csv --validation - --test -", "--test -: standard input can be read only once, and it is --validation"),
    ],
)
def test_standard_input_is_read_once(fastnn, tables, given, options, words):
    given(TABLE)
    done = fastnn("train", *options.split(), *QUICK)
    assert done.code == 2 and words in done.err


def test_a_test_from_standard_input(fastnn, tables, given):
    given(TABLE)
    assert "; test " in fastnn("train", "t.csv", "--test", "-", *QUICK, "--out", "run").out
    assert "config.toml < DATA" in (tables / "run/config.toml").read_text().splitlines()[0]


def test_a_large_test_file_is_announced(fastnn, tables, monkeypatch):
    monkeypatch.setattr("fastnn.cli.reading.LARGE", 100)
    assert "reading v.csv (0 MB) ...\n" in fastnn("train", "t.csv", "--test", "v.csv", *QUICK).err


def test_a_test_from_a_terminal_is_asked_for(fastnn, tables, monkeypatch):
    class Terminal(io.BytesIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Terminal(TABLE.encode())))
    assert "end them with Ctrl-D" in fastnn("train", "t.csv", "--test", "-", *QUICK).err


@pytest.mark.parametrize("share", ["0,2", "20%", "1.5", "-0,5", "1e3 %"])
def test_a_share_in_another_spelling_is_no_file(fastnn, tables, share):
    for option in ("--validation", "--test"):
        done = fastnn("train", "t.csv", f"{option}={share}", *QUICK)
        assert done.code == 2 and "must be a fraction of the rows" in done.err
