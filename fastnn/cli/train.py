"""``fastnn train DATA``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files, of_setting
from fastnn.cli.options import alone, plugin_option
from fastnn.config.settings import GROUPS

if TYPE_CHECKING:
    from fastnn.cli.lines import Reporter


def _setting_options(command: Any) -> Any:
    """Add one option per setting. The values are checked later, together with those of the configuration file."""
    for group in reversed(GROUPS.values()):
        for setting in reversed(group):
            shown = _shown(setting.default)
            text = f"{setting.help}  [{shown}]" if shown else setting.help
            command = click.option(
                setting.option, setting.name, metavar=setting.metavar, help=text, shell_complete=of_setting(setting),
                **alone(setting),
            )(command)  # fmt: skip
    return command


def _shown(default: Any) -> str:
    if default in (None, ()):
        return ""
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default).lower()


@click.command(cls=Command, short_help="Train a network on a built-in data set or a file.")
@click.argument("data", required=False, shell_complete=files)
@_setting_options
@click.option(
    "--config", metavar="FILE.toml", shell_complete=files, help="Read settings from a file. Options take precedence."
)
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a setting: epochs=20, optimizer.beta1=0.8."
)
@plugin_option
@click.option("--out", metavar="DIR", shell_complete=files, help="Folder of the run.  [runs/NNN-name]")
@click.option("--overwrite", is_flag=True, help="Overwrite an earlier run in the folder.")
@click.option("--plot/--no-plot", default=None, help="Draw curves.png.  [yes, but not with --quiet]")
@click.option("--quiet", is_flag=True, help="Print only the result.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object per epoch, and one with the folder and the best epoch at the end.",
)
def train(
    data: str | None,
    config: str | None,
    sets: tuple[str, ...],
    out: str | None,
    overwrite: bool,
    plot: bool | None,
    quiet: bool,
    as_json: bool,
    **options: str | None,
) -> None:
    """Train a network on DATA: a built-in data set (see fastnn data list), a .csv, .tsv, .npz or .npy file, or - for
    standard input.

    For a table file, fastnn chooses the settings that are not given: several networks, trained on different rows, whose
    predictions are averaged. With --hidden, --epochs, --config or --recipe plain it trains one network with the
    defaults below.

    The configuration, the metrics of every epoch, the models and the curves are saved in a new folder.

    With --json, the last object has the keys folder, epochs, best_epoch, stopped, seconds, train_loss,
    validation_loss, metrics and, if there are test rows, test. The losses and the metrics are those of the best epoch.
    Of several networks, an epoch has the means over those that still train, and their number, networks; the last object
    has best_epochs, and the validation rows are judged by the networks that did not train on them. Numbers that are not
    finite are null. A training that ends by an error or a signal has no last object; its message
    on stderr names the folder if the training up to that point is saved.
    """
    from fastnn.cli.lines import expect_input, say
    from fastnn.cli.signals import ended_by_signals
    from fastnn.config import experiment
    from fastnn.errors import Diverged
    from fastnn.kernels.announcing import on_compile
    from fastnn.runs.run import execute

    requested = experiment(data, options, sets, config)
    expect_input(requested.data, requested.validation, requested.test)
    reporter = _reporter(quiet, as_json)
    draw = plot if plot is not None else not quiet
    try:
        with ended_by_signals(), on_compile(reporter.on_compile):
            execute(requested, out=out, overwrite=overwrite, plot=draw, watcher=reporter)
    except (KeyboardInterrupt, Diverged) as error:
        reporter.close()
        if reporter.folder and getattr(error, "result", None) and os.path.exists(f"{reporter.folder}/last.safetensors"):
            say(f"The training up to this point is saved in {reporter.folder}.", err=True)
        raise
    finally:
        reporter.close()


def _reporter(quiet: bool, as_json: bool) -> Reporter:
    from fastnn.cli.lines import Json, Lines, Quiet

    if as_json:
        return Json()
    if quiet:
        return Quiet()
    from rich.console import Console

    console = Console()
    if sys.stdout.isatty() and console.is_terminal and not console.is_dumb_terminal:
        from fastnn.cli.live import Live

        return Live(console)
    return Lines()
