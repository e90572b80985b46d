"""``fastnn compare DATA``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files, of_setting
from fastnn.cli.options import alone, plugin_option
from fastnn.config.settings import GROUPS

if TYPE_CHECKING:
    from fastnn.cli.comparison import Shown

SEVERAL = ("recipe", "ensemble")  # settings for several networks in one model


def _setting_options(command: Any) -> Any:
    """Add one option for each setting, as ``fastnn train`` has. It may be repeated."""
    for group in reversed(GROUPS.values()):
        for setting in reversed(group):
            if setting.name in SEVERAL:
                continue
            command = click.option(
                setting.option, setting.name, multiple=True, metavar=setting.metavar, help=setting.help,
                shell_complete=of_setting(setting), **alone(setting),
            )(command)  # fmt: skip
    return command


def _count(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    from fastnn.config.values import of_text
    from fastnn.limits import Integer

    return None if value is None else of_text(Integer(at_least=1))(value, "--seeds")


@click.command(cls=Command, short_help="Train every combination of several settings, and name the best.")
@click.argument("data", required=False, shell_complete=files)
@click.option(
    "--seeds", metavar="K", callback=_count, help="Networks of each combination, with consecutive seeds.  [1]"
)
@_setting_options
@click.option(
    "--config", metavar="FILE.toml", shell_complete=files, help="Read settings from a file. Options take precedence."
)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a setting of all networks.")
@plugin_option
@click.option("--out", metavar="DIR", shell_complete=files, help="Folder of the results.  [runs/NNN-name]")
@click.option("--plot/--no-plot", default=None, help="Draw curves.png.  [yes, but not with --quiet]")
@click.option("--quiet", is_flag=True, help="Print only the best combination.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each combination, the best first.")
def compare(
    data: str | None,
    seeds: int | None,
    config: str | None,
    sets: tuple[str, ...],
    out: str | None,
    plot: bool | None,
    quiet: bool,
    as_json: bool,
    **options: tuple[str, ...],
) -> None:
    """Train one network for every combination of the given settings, all on the same data, and name the best.

    An option of the network or the training takes several values: --optimizer sgd,adam --lr 0.1,0.01 are four
    combinations. --hidden is repeated instead, since its values contain commas: --hidden 64 --hidden 128,64. --seeds 5
    trains each combination five times; each seed also draws its own validation rows.

    Each network is the one that fastnn train gives with these settings and this seed. They are compared by the
    validation loss of their best epochs or, if the losses differ, by the accuracy or R². Test rows (--test) are judged
    only with the best combination. comparison.csv has one line per network, curves.png all curves.
    """
    from fastnn.cli.comparison import again
    from fastnn.cli.lines import expect_input
    from fastnn.cli.signals import ended_by_signals
    from fastnn.config.grid import combinations
    from fastnn.kernels.announcing import on_compile
    from fastnn.runs.compare import compare as run

    found = combinations(data, options, sets, config, seeds)
    first = found[0].experiments[0]
    expect_input(first.data, first.validation, first.test)
    shown = _shown(quiet, as_json, again(data, options["seed"], sets, config))
    draw = plot if plot is not None else not quiet
    try:
        with ended_by_signals(), on_compile(shown.reporter.on_compile):
            run(found, out=out, plot=draw, spectator=shown)
    finally:
        shown.close()


def _shown(quiet: bool, as_json: bool, command: Any) -> Shown:
    from fastnn.cli import comparison

    if as_json:
        return comparison.Json(command)
    if quiet:
        return comparison.Quiet(command)
    from rich.console import Console

    console = Console()
    if sys.stdout.isatty() and console.is_terminal and not console.is_dumb_terminal:
        return comparison.Live(command, console)
    return comparison.Lines(command)
