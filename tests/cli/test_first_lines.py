"""What is said before a run: that a large file is being read, and the notes."""

import io
import json
import sys
from dataclasses import replace

import pytest

from fastnn.cli.lines import Json, Lines, Quiet
from fastnn.cli.phrases import grouped
from fastnn.cli.reading import LARGE, Reading
from fastnn.data.dataset import dataset_of

TABLE = "a,b,y\n" + "".join(f"{i},{i % 3},{i}.5\n" for i in range(40))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def large(folder, monkeypatch):
    """A table that counts as large, and its model."""
    (folder / "t.csv").write_text(TABLE)
    (folder / "v.csv").write_text(TABLE)
    monkeypatch.setattr("fastnn.cli.reading.LARGE", 100)


def test_a_large_file_is_announced_on_stderr(fastnn, large):
    said = "reading t.csv (0 MB) ...\n"
    for way in ("--no-plot", "--json", "--quiet"):
        assert fastnn("train", "t.csv", "--epochs", "1", "--no-plot", way, "--out", way[2:]).err.startswith(said)
    done = fastnn("train", "t.csv", "--epochs", "1", "--quiet", "--validation", "v.csv", "--out", "v")
    assert done.err.startswith(said + said.replace("t.csv", "v.csv"))
    for command in ("predict", "evaluate"):
        done = fastnn(command, "quiet", "t.csv")
        assert done.code == 0 and done.err == said


def test_a_small_file_and_a_data_set_are_not_announced(fastnn, folder):
    (folder / "t.csv").write_text(TABLE)
    for data in ("t.csv", "blobs"):
        assert "reading" not in fastnn("train", data, "--epochs", "1", "--quiet").err


@pytest.mark.parametrize(
    ("size", "text"),
    [(LARGE, ""), (LARGE + 1, "reading x.csv (10 MB) ..."), (102_400_000, "(102 MB)"), (2_340_000_000, "(2.3 GB)")],
)
def test_the_size_that_is_said(capsys, size, text):
    Reading().begin("folder/x.csv", size)
    err = capsys.readouterr().err
    assert text in err and bool(err) == bool(text)


@pytest.mark.parametrize("event", ["note", "close"])
def test_in_a_terminal_the_line_disappears(monkeypatch, event):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "20")
    reporter = Quiet()
    reporter.reading("a-long-name-of-a-file.csv", 10**8)
    assert terminal.getvalue() == "reading a-long-name"  # one line, or it could not be erased
    reporter.note("x is y") if event == "note" else reporter.close()
    assert terminal.getvalue() == "reading a-long-name\r\x1b[K" + ("Note: x is y.\n" if event == "note" else "")


def test_a_dumb_terminal_gets_a_line(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    line = Reading()
    line.begin("x.csv", 10**8)
    line.end()
    assert terminal.getvalue() == "reading x.csv (100 MB) ...\n"


@pytest.mark.parametrize("many", [0, 1, 7, 8, 9, 30])
def test_notes_take_at_most_eight_lines_and_say_everything(capsys, many):
    notes = [f"choice {i} was made" for i in range(many)]
    for reporter in (Lines(), Json(), Quiet()):
        for text in [*notes, *notes[:3]]:
            reporter.note(text)
        reporter.close()
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == min(many, 8)
        if many > 8:
            assert lines[7] == f"Note: {many - 7} more: {'; '.join(notes[7:])}."
            lines[7:] = [f"Note: {text}." for text in lines[7].partition("more: ")[2].removesuffix(".").split("; ")]
        assert lines == [f"Note: {text}." for text in notes]
    assert len(grouped(notes)) == min(many, 8)


def test_the_first_lines_of_a_run_are_fewer_than_15(fastnn, folder, monkeypatch):
    def with_notes(*arguments, **options):
        dataset = dataset_of(*arguments, **options)
        return replace(dataset, notes=tuple(f"choice {i} was made" for i in range(30)))

    monkeypatch.setattr("fastnn.runs.gathered.dataset_of", with_notes)
    (folder / "t.csv").write_text(TABLE)
    done = fastnn("train", "t.csv", "--epochs", "1", "--no-plot")
    first = done.err.splitlines() + done.out.partition("epoch ")[0].splitlines()
    assert done.code == 0 and len(first) < 15 and all(f"choice {i} was made" in done.err for i in range(30))


@pytest.mark.parametrize("data", ["digits", "cubic", "fails.csv"])
def test_the_last_object_of_json_names_the_run(fastnn, folder, data):
    (folder / "fails.csv").write_text(TABLE)
    options = ("--validation", "none", "--lr", "1e30") if data == "fails.csv" else ()
    done = fastnn("train", data, "--epochs", "3", "--json", "--no-plot", *options)
    found = [json.loads(line, parse_constant=pytest.fail) for line in done.out.splitlines()]
    if data == "fails.csv":
        assert done.code == 3 and all("epoch" in one for one in found) and "saved in runs/001-fails" in done.err
        return
    *epochs, last = found
    best = epochs[last["best_epoch"] - 1]
    assert [one["epoch"] for one in epochs] == [1, 2, 3] and "epoch" not in last
    assert (last["folder"], last["epochs"], last["stopped"]) == (f"runs/001-{data}", 3, "epochs")
    assert (folder / last["folder"] / "best.safetensors").exists() and last["seconds"] > 0
    assert {name: last[name] for name in ("train_loss", "validation_loss", "metrics")}.items() <= best.items()
