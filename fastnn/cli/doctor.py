"""``fastnn doctor``."""

from __future__ import annotations

import click

from fastnn.cli.command import Command
from fastnn.cli.options import plugin_option
from fastnn.cli.phrases import columns


@click.command(cls=Command, short_help="Show a report on this installation and machine.")
@click.option("--clear-cache", is_flag=True, help="Delete the compiled kernels. The next run compiles them again.")
@plugin_option
def doctor(clear_cache: bool) -> None:
    """Show a report on this installation and machine: versions, processor, threads, CUDA, kernel cache, plugins.

    Include it in bug reports.
    """
    if clear_cache:
        from fastnn.kernels.store import cache_directory
        from fastnn.kernels.store import clear_cache as clear

        click.echo(f"{clear()} compiled kernels deleted from {cache_directory()}")
        return
    from fastnn.doctor import report

    for title, rows in report().items():
        click.echo(title)
        click.echo(columns(rows, indent="  "))
