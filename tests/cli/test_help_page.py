"""The pages of --help in terminals of any width."""

import re
from collections import Counter

import pytest

import fastnn.cli.group as cli

PAGES = [
    "",
    "train",
    "predict",
    "evaluate",
    "plugins",
    "plugins list",
    "plugins show",
    "plugins check",
    "plugins new",
    "data",
    "data list",
    "demo",
    "doctor",
]


@pytest.mark.parametrize("command", PAGES)
def test_no_word_is_cut_and_no_line_is_too_long(fastnn, monkeypatch, command):
    found = {}
    for width in (30, 40, 50, 60, 80, 100):
        monkeypatch.setenv("COLUMNS", str(width))
        done = fastnn(*command.split(), "--help")
        assert done.code == 0 and done.out.startswith("Usage: fastnn")
        found[width] = Counter(done.out.split())
        for line in done.out.splitlines():
            assert len(line) <= width or len(line.split()) == 1, (width, line)
    assert all(words == found[100] for words in found.values())


def test_every_option_is_there_with_its_whole_description(fastnn, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    context = cli.group.context_class(cli.group, info_name="fastnn")
    for name in ("train", "predict", "evaluate", "demo", "doctor"):
        page = " ".join(fastnn(name, "--help").out.split())
        command = cli.group.get_command(context, name)
        records = [p.get_help_record(context) for p in command.params]
        for title, text in filter(None, records):
            assert " ".join(f"{title} {text}".split()) in page


def test_descriptions_are_below_the_options_where_there_is_no_room(fastnn, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert re.search(r"\n  --target COL\n      Column to predict", fastnn("train", "--help").out)
    monkeypatch.setenv("COLUMNS", "80")
    assert re.search(r"\n  --target COL +Column to predict", fastnn("train", "--help").out)
