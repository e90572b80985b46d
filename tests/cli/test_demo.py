"""``fastnn demo``: what it lists, what it refuses, and that it runs an example. tests/wheel runs it from a wheel."""

from __future__ import annotations

import sys

import pytest

from fastnn.cli import demo
from fastnn.cli.lines import COMPILING


def test_the_list_names_all_topics(fastnn):
    lines = fastnn("demo").out.splitlines()
    assert [line.split()[0] for line in lines[:-2]] == [str(number) for number in range(1, 11)]
    assert all(line.endswith((".", "?")) for line in lines[:-2])
    assert lines[-1].startswith("Run one with: fastnn demo gradient_descent ")


@pytest.mark.parametrize("topic", ["1", "GRADIENT-descent"])
def test_a_topic_runs_as_a_script(fastnn, folder, topic):
    before = list(sys.argv), list(sys.path)
    done = fastnn("demo", topic, "--quick", "--out=-mine/pictures")
    assert done.code == 0 and "f(x) = x^2" in done.out
    assert done.err in ("", f"{COMPILING}\n")
    assert {file.name for file in (folder / "-mine" / "pictures").iterdir()} >= {"01_learning_rates.png"}
    assert (sys.argv, sys.path) == before


def test_all_runs_one_after_the_other(fastnn, monkeypatch):
    ran = []
    monkeypatch.setattr(demo, "_run", lambda file, arguments: ran.append(file.stem[:2]))
    assert fastnn("demo", "ALL").code == 0
    assert ran == [f"{number:02d}" for number in range(1, 11)]


def test_refusals(fastnn, folder, monkeypatch):
    done = fastnn("demo", "optimisers")
    assert done.code == 2 and "Did you mean 'optimizers'? Allowed: activations, all, back" in done.err
    assert fastnn("demo", "11").err.endswith(" Or a number from 1 to 10.\n")
    (folder / "file").write_text("")
    with pytest.raises(SystemExit, match=r"Error: file/pictures: Not a directory. Choose another folder with --out\."):
        fastnn("demo", "1", "--out", "file/pictures")
    monkeypatch.setattr(demo, "__file__", str(folder / "fastnn" / "cli" / "demo.py"))
    done = fastnn("demo")
    assert done.code == 1 and "this installation of fastnn is incomplete" in done.err
