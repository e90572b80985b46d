"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fastnn.cli.completion import files

if TYPE_CHECKING:
    from fastnn.config.settings import Setting


def _load(ctx: click.Context, parameter: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Load the plugins. This must happen before any name is looked up."""
    if paths and not ctx.resilient_parsing:  # TAB executes nothing
        from fastnn.parts.registry import clashes, load_plugin

        for path in paths:
            load_plugin(path)
        for clash in clashes(installed=False):
            click.echo(f"Note: {clash}", err=True)
    return paths


def plugin_option(command: Any) -> Any:
    """Add the option --plugin FILE.py, which may be repeated. The file is executed."""
    return click.option(
        "--plugin",
        multiple=True,
        metavar="FILE.py",
        shell_complete=files,
        callback=_load,
        is_eager=True,
        expose_value=False,
        help="Load activations, losses, ... from a Python file. The file is executed.",
    )(command)


def alone(setting: Setting) -> dict[str, Any]:
    """Return what lets the option of a setting stand without a value: ``--stratify`` means ``--stratify true``."""
    return {"is_flag": False, "flag_value": "true"} if setting.metavar == "BOOL" else {}


def features_option(command: Any) -> Any:
    """Add the option --features ARRAY, for .npz files."""
    return click.option("--features", metavar="ARRAY", help="Name of the inputs in an .npz file.  [X]")(command)


def format_option(command: Any) -> Any:
    """Add the option --format FORMAT, for standard input and for files of any name."""

    def check(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
        from fastnn.config.settings import SETTINGS

        return SETTINGS["format"].check(value, "--format")

    text = "Format of DATA: auto (by its name; standard input is CSV), csv or tsv."
    return click.option("--format", default="auto", metavar="FORMAT", callback=check, help=text)(command)


def device_option(command: Any) -> Any:
    """Add the option --device. The device is checked before anything is read."""

    def check(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
        from fastnn.config.settings import SETTINGS
        from fastnn.device import check_device

        check_device(SETTINGS["device"].check(value, "--device"))
        return value

    text = "Device to compute on: auto, cpu, cuda, or cuda:N for the GPU with the number N.  [cpu]"
    return click.option("--device", default="cpu", metavar="DEVICE", callback=check, help=text)(command)


def header_option(command: Any) -> Any:
    """Add the option --header RULE, for text files, with the same values as in training."""

    def check(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
        from fastnn.config.settings import SETTINGS

        return value if ctx.resilient_parsing else SETTINGS["header"].check(value, "--header")

    text = "Whether a text file begins with a line of column names: auto (as in training), yes or no."
    return click.option("--header", default="auto", metavar="RULE", callback=check, help=text)(command)


def missing_target_option(command: Any) -> Any:
    """Add the option --missing-target RULE, with the same values as in training."""

    def check(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        from fastnn.config.settings import SETTINGS

        return None if value is None else SETTINGS["missing_target"].check(value, "--missing-target")

    text = "Rows without a target: error, or drop (they are left out).  [as in training]"
    return click.option("--missing-target", metavar="RULE", callback=check, help=text)(command)
