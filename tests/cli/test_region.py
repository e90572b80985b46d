"""The live display in a terminal that changes its size."""

import io
import re
from functools import partial
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.live import Live as RichLive

from fastnn.cli.live import Live
from fastnn.training.record import MeanRecord, Record


def test_the_best_epoch_is_one_of_all_networks():
    live = Live(Console(file=io.StringIO()))
    live._several = True
    for epoch, (loss, networks) in enumerate([(0.9, 8), (0.7, 8), (0.8, 8), (0.1, 3)], 1):
        live.epoch(MeanRecord(epoch, 1.0, loss, {}, 0.1, 0.1, networks))
    assert live._best.epoch == 2


class Screen:
    """What a terminal shows that wraps long lines, and wraps them anew when its width changes."""

    def __init__(self, width: int):
        self.width = width
        self.rows, self.continues, self.row, self.column = [""], [False], 0, 0

    def write(self, text: str) -> None:
        for code, number, letter, character in re.findall(r"(\x1b\[([0-9;?]*)([A-Za-z]))|([^\x1b])", text):
            if letter == "A":
                self.row -= int(number or 1)
                assert self.row >= 0, "above the first line"
            elif (number, letter) == ("2", "K"):
                self.rows[self.row], self.continues[self.row] = "", False
            elif code:
                assert letter in "mhl", code
            elif character == "\r":
                self.column = 0
            else:
                self._put(character)

    def _put(self, character: str) -> None:
        if character == "\n" or self.column == self.width:
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.rows):
                self.rows.append("")
                self.continues.append(False)
            self.continues[self.row] = character != "\n"
        if character != "\n":
            line = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    def resize(self, width: int) -> None:
        assert not any(self.rows[self.row + 1 :]), "something is left below the cursor"
        del self.rows[self.row + 1 :], self.continues[self.row + 1 :]
        lines: list[str] = []
        for row, continues in zip(self.rows, self.continues, strict=True):
            lines = [*lines[:-1], lines[-1] + row] if continues else [*lines, row]
        cut = [[line[i : i + width] for i in range(0, max(len(line), 1), width)] for line in lines]
        self.width, self.rows = width, [piece for pieces in cut for piece in pieces]
        self.continues = [i > 0 for pieces in cut for i in range(len(pieces))]
        self.row, self.column = len(self.rows) - 1, len(self.rows[-1])


@pytest.fixture
def display(monkeypatch):
    """A live display that is drawn when the test says so, its console, and the screen."""
    monkeypatch.setattr("fastnn.cli.live.RichLive", partial(RichLive, auto_refresh=False))
    monkeypatch.setattr("fastnn.cli.live.introduction", lambda run: ["digits: 1,438 training rows"])
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=30, legacy_windows=False)
    screen, live = Screen(100), Live(console)

    def draw(epoch: int) -> list[str]:
        live.epoch(Record(epoch, 0.5, 1 / epoch, {"accuracy": 0.9}, 0.1, 0.01))
        live._live.refresh()
        screen.write(console.file.getvalue())
        console.file.seek(0)
        console.file.truncate()
        return [row.strip() for row in screen.rows]

    wish = SimpleNamespace(epochs=1000)
    live.begin(SimpleNamespace(folder="runs/1", standardized=False, members={}, experiment=wish))
    yield SimpleNamespace(draw=draw, console=console, screen=screen)
    live.close()


@pytest.mark.parametrize("widths", [(60,), (50, 40), (30, 100), (35, 34, 33, 80, 60), (20,)])
def test_no_ghosts_after_the_width_has_changed(display, widths):
    for epoch in range(1, 12):
        rows = display.draw(epoch)
    for epoch, width in enumerate(widths, 12):
        display.screen.resize(width)
        display.console.width = width
        rows = display.draw(epoch)
        shown = "\n".join(rows)
        assert sum("epoch" in row and "loss" in row and "best" not in row for row in rows) <= 1, shown
        assert [sum(row.split()[:1] == [str(e)] for row in rows) for e in range(epoch - 8, epoch + 1)] == [0] + [1] * 8
        assert "".join(rows[:2]).startswith("digits: 1,438 training row")
        assert shown.count("best:") == 1


@pytest.mark.parametrize(("height", "epochs"), [(30, 8), (11, 8), (8, 5), (5, 2), (4, 1)])
def test_no_more_lines_than_the_terminal_has(display, height, epochs):
    display.console.height = height
    for epoch in range(1, 20):
        rows = display.draw(epoch)
    assert [row.split()[0] for row in rows[2 : 2 + epochs]] == [str(e) for e in range(20 - epochs, 20)]
    assert rows[2 + epochs].startswith("epoch   19/1000") and rows[-1].startswith("best: epoch 19")
    assert len(rows) == epochs + 4


@pytest.mark.parametrize("width", [100, 60, 50, 40, 33])
def test_names_of_columns_are_not_cut(display, width):
    display.console.width = width
    header = display.draw(1)[1]
    assert header.startswith("epoch") and "validation loss" in header and "…" not in header
