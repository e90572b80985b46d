"""Show the progress of training in a terminal: the last epochs, a bar with the remaining time, the best epoch."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from fastnn.cli.lines import COMPILING, Reporter
from fastnn.cli.phrases import (
    choice_line,
    conclusion,
    epoch_fields,
    format_value,
    introduction,
    is_loss,
    metric_title,
    printable,
)
from fastnn.cli.region import use_region
from fastnn.runs.outcome import Outcome
from fastnn.runs.setup import Setup
from fastnn.training.record import Record

SHOWN_EPOCHS = 8
OTHER_LINES = 3  # the names of the columns, the bar and the best epoch
COLUMN_WIDTH = 9  # characters of the longest number: 0.0001234


class Live(Reporter):
    """A table of the last epochs that is updated in place, followed by the result."""

    def __init__(self, console: Console):
        super().__init__()
        self._console = console
        self._live: RichLive | None = None
        self._recent: deque[Record] = deque(maxlen=SHOWN_EPOCHS)
        self._best: Record | None = None
        self._networks = 0  # of which a record can be the mean
        self._progress = Progress(
            TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TextColumn("left"), TimeRemainingColumn(),
            console=console,
        )  # fmt: skip

    def say_note(self, text: str) -> None:
        self._console.print(f"[yellow]Note:[/] {_escaped(printable(text))}.", highlight=False)

    def begin(self, run: Setup) -> None:
        super().begin(run)
        self._standardized = run.standardized
        for line in introduction(run):
            self._console.print(printable(line), highlight=False, markup=False)
        self._several = bool(run.members)
        self._task = self._progress.add_task("epochs", total=None if self._several else run.experiment.epochs)
        self._live = RichLive(get_renderable=self._shown, console=self._console, refresh_per_second=8)
        use_region(self._live, self._console)
        self._live.start()

    def compiling(self) -> None:
        self._console.print(COMPILING, style="dim", highlight=False)

    def epoch(self, record: Record) -> None:
        self._recent.append(record)
        if not self._several:
            self._progress.update(self._task, completed=record.epoch)
        loss = record.validation_loss
        networks = getattr(record, "networks", 1)
        self._networks = max(self._networks, networks)
        if loss is None or networks < self._networks:  # the mean of a few networks, of other rows, says little
            return
        if self._best is None or loss < (self._best.validation_loss or 0.0):
            self._best = record

    def progress(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def choice(self, losses: Mapping[str, float]) -> None:
        self._console.print(choice_line(losses, self._standardized), highlight=False, markup=False)

    def end(self, outcome: Outcome) -> None:
        self.close()
        for line in conclusion(outcome):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        super().close()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _shown(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._recent:
            table = Table(box=None, pad_edge=False, header_style="bold")
            table.add_column("epoch", justify="right")
            names = self._fitting(epoch_fields(self._recent[0]))
            for name in names:
                title = f"standardized\n{name}" if self._standardized and is_loss(name) else name
                table.add_column(title, justify="right", min_width=COLUMN_WIDTH)
            rows = max(self._console.height - OTHER_LINES - self._standardized, 1)
            for record in list(self._recent)[-rows:]:
                is_best = self._best is not None and record.epoch == self._best.epoch
                fields = epoch_fields(record)
                cells = (fields[name] for name in names)
                table.add_row(str(record.epoch), *cells, style="green" if is_best else None)
            parts.append(table)
        parts.append(self._progress)
        if self._best is not None:
            loss = format_value(self._best.validation_loss)
            name = metric_title("validation_loss", self._standardized)
            parts.append(Text(f"best: epoch {self._best.epoch}, {name} {loss}", style="green"))
        return Group(*parts)

    def _fitting(self, fields: Mapping[str, str]) -> list[str]:
        """Return the columns that fit into the terminal. The least important ones are left out first."""
        names = list(fields)
        for name in ("time", "train loss"):
            width = len("epoch") + sum(max(COLUMN_WIDTH, len(other)) + 2 for other in names)
            if width > self._console.width and len(names) > 1 and name in names:
                names.remove(name)
        return names


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
