"""Print the progress and the results of a comparison: as lines, in a terminal, as JSON, or only the best."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fastnn.cli.lines import Reporter, finite_or_none, say
from fastnn.cli.phrases import columns, duration, format_metrics, format_value, metric_title
from fastnn.cli.region import use_region
from fastnn.config.settings import SETTINGS
from fastnn.runs.compare import TABLE, Spectator
from fastnn.runs.comparison import Compared, Comparison, Row
from fastnn.training.record import Record

MOST_ROWS = 30  # of a table that is printed; comparison.csv has all
Command = Callable[[Mapping[str, str]], str]  # the values of a combination -> the command that trains it


def again(data: str | None, seed: Sequence[str], sets: Sequence[str], file: str | None) -> Command:
    """Return the function that gives the command to train one combination alone. seed: the texts given for it."""

    def command(given: Mapping[str, str]) -> str:
        words = ["fastnn", "train", *([data] if data else [])]
        only = {"seed": seed[0]} if len(seed) == 1 and "," not in seed[0] else {}
        words += [word for name, value in {**given, **only}.items() for word in (SETTINGS[name].option, value)]
        words += [word for text in sets for word in ("--set", text)]
        if not (file or {"hidden", "epochs"} & set(given)):
            words += ["--recipe", "plain"]
        return shlex.join([*words, *(["--config", file] if file else [])])

    return command


class Shown(Spectator):
    """A spectator that prints. Notes, and other output that is not the result, go to stderr."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.reporter = Reporter()

    def reading(self, name: str, size: int) -> None:
        self.reporter.reading(name, size)

    def note(self, text: str) -> None:
        self.reporter.note(text)

    def begin(self, comparison: Comparison) -> None:
        self.reporter.close()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.reporter.close()


class Quiet(Shown):
    """Print only notes and the best combination."""

    def end(self, comparison: Comparison, folder: str) -> None:
        say(f"{best_line(comparison)}; {folder}")


class Lines(Shown):
    """Print one line for each network when its training has ended, and the table."""

    def begin(self, comparison: Comparison) -> None:
        super().begin(comparison)
        self._comparison, self._ended = comparison, 0
        for line in introduction(comparison):
            say(line)

    def network(self, network: Compared) -> None:
        self._ended += 1
        all_of_them = len(self._comparison.networks)
        choices = self._comparison.combinations[network.combination].choices
        what = spoken(choices) + f"seed {network.run.experiment.seed}"
        say(f"{self._ended:>{len(str(all_of_them))}}/{all_of_them}  {what}: {_ended(network)}")

    def end(self, comparison: Comparison, folder: str) -> None:
        rows = comparison.rows()
        say("\n" + columns([headings(comparison), *(cells(row, comparison) for row in rows[:MOST_ROWS])]))
        for line in conclusion(comparison, folder, self.command):
            say(line)


class Json(Shown):
    """Print a JSON object for each combination, the best first, and one with the folder."""

    def end(self, comparison: Comparison, folder: str) -> None:
        for row in comparison.rows():
            means = {name: mean for name, (mean, _) in row.figures.items()}
            found: dict[str, Any] = {
                **row.choices, "networks": len(row.networks), "diverged": row.diverged, **means,
                "seconds": row.seconds,
            }  # fmt: skip
            say(json.dumps(finite_or_none(found), allow_nan=False))
        best = comparison.rows()[0]
        say(json.dumps({"folder": folder, "criterion": comparison.criterion, "best": dict(best.choices)}))


class Live(Lines):
    """The table of all combinations, updated in place, with a progress bar."""

    def __init__(self, command: Command, console: Console):
        super().__init__(command)
        self._console = console
        self._live: RichLive | None = None
        self._progress = Progress(
            TextColumn("epochs"), MofNCompleteColumn(), BarColumn(), TextColumn("left"), TimeRemainingColumn(),
            console=console,
        )  # fmt: skip

    def begin(self, comparison: Comparison) -> None:
        super().begin(comparison)
        total = sum(network.run.experiment.epochs for network in comparison.networks)
        self._task = self._progress.add_task("epochs", total=total)
        self._live = RichLive(get_renderable=self._shown, console=self._console, refresh_per_second=4)
        use_region(self._live, self._console)
        self._live.start()

    def epoch(self, network: Compared, record: Record) -> None:
        self._progress.advance(self._task)

    def network(self, network: Compared) -> None:
        self._progress.advance(self._task, network.run.experiment.epochs - len(network.history))

    def end(self, comparison: Comparison, folder: str) -> None:
        if self._live is not None:
            self._live.transient = True  # the final table, with all rows, takes its place
        self.close()
        self._console.print(self._table(comparison.rows()[:MOST_ROWS]))
        for line in conclusion(comparison, folder, self.command):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        super().close()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _shown(self) -> RenderableType:
        rows = [row for row in self._comparison.rows() if row.figures]
        return Group(self._table(rows[: max(self._console.height - 4, 1)]), self._progress)

    def _table(self, rows: Sequence[Row]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in headings(self._comparison):
            table.add_column(name, justify="left" if name in _spoken(self._comparison) else "right")
        for place, row in enumerate(rows):
            table.add_row(*cells(row, self._comparison), style="green" if place == 0 else None)
        return table


def introduction(comparison: Comparison) -> list[str]:
    """Return lines that say what is compared."""
    run = comparison.networks[0].run
    data, networks = run.dataset, len(comparison.networks)
    combinations = len(comparison.combinations)
    names = " x ".join(
        f"{len(dict.fromkeys(one.choices[name] for one in comparison.combinations))} {name.replace('_', ' ')}"
        for name in comparison.combinations[0].choices
    )
    many = f"{combinations} combination{'' if combinations == 1 else 's'}" + (f" ({names})" if names else "")
    validation = len(data.validation[1]) if data.validation else 0
    return [
        f"{data.source}: {len(data.X):,} training rows, {validation:,} validation rows",
        f"{many}, {networks} network{'' if networks == 1 else 's'} of {run.experiment.epochs} epochs",
    ]


def _ended(network: Compared) -> str:
    if network.stopped == "diverged":
        return "diverged"
    standardized = network.run.standardized
    best = network.best
    assert best is not None
    figures = {"validation_loss": best.validation_loss, **best.metrics}
    return f"best epoch {best.epoch} of {len(network.history)}, {format_metrics(figures, standardized, 2)}"


def _spoken(comparison: Comparison) -> list[str]:
    return [name.replace("_", " ") for name in comparison.combinations[0].choices]


def headings(comparison: Comparison) -> list[str]:
    """Return the names of the columns."""
    standardized = comparison.networks[0].run.standardized
    figures = [metric_title(name, standardized) for name in comparison.names()]
    return [*_spoken(comparison), *figures, "best epoch", "time"]


def cells(row: Row, comparison: Comparison) -> list[str]:
    """Return the cells of a combination: means over its networks, with the standard deviation of the first figure."""
    several = len(row.networks) > 1
    figures = []
    for place, name in enumerate(comparison.names()):
        mean, deviation = row.figures.get(name, (None, 0.0))
        spread = f" ± {deviation:.2g}" if several and place == 0 and mean is not None else ""
        figures.append(format_value(mean) + spread)
    if row.diverged:
        figures[0] = f"{row.diverged} of {len(row.networks)} diverged" if several else "diverged"
    epochs = sorted(one.best.epoch for one in row.networks if one.best is not None)
    middle = str(epochs[len(epochs) // 2]) if epochs else "-"
    return [*row.choices.values(), *figures, middle, duration(row.seconds)]


def spoken(choices: Mapping[str, str]) -> str:
    """Return choices as text: "optimizer adam, lr 0.01, "."""
    return "".join(f"{name.replace('_', ' ')} {value}, " for name, value in choices.items())


def best_line(comparison: Comparison) -> str:
    """Return a line with the best combination."""
    best = comparison.rows()[0]
    if not best.figures:
        return "no combination was trained to an end: all diverged"
    standardized = comparison.networks[0].run.standardized
    means = {name: best.figures[name][0] for name in comparison.names() if name in best.figures}
    seeds = f" (means over {len(best.networks)} seeds)" if len(best.networks) > 1 else ""
    what = spoken(best.choices).removesuffix(", ") or "the only combination"
    return f"best: {what}: {format_metrics(means, standardized)}{seeds}"


def conclusion(comparison: Comparison, folder: str, command: Command) -> list[str]:
    """Return lines that name the best combination, the command that trains it, and the folder."""
    rows = comparison.rows()
    lines = [f"{len(rows) - MOST_ROWS} more in {TABLE}"] if len(rows) > MOST_ROWS else []
    lines.append(best_line(comparison))
    tested = [network.test for network in rows[0].networks if network.test]
    if tested:
        names = [name for name, value in tested[0].items() if isinstance(value, float)]
        means = {name: sum(one[name] for one in tested) / len(tested) for name in names}
        lines.append(f"test rows: {format_metrics(means, comparison.networks[0].run.standardized, 6)}")
    return [*lines, f"train it with: {command(rows[0].given)}", f"saved in {folder}"]
