"""``fastnn doctor``."""

from __future__ import annotations

import click

from fastnn.cli.options import plugin_option
from fastnn.cli.phrases import columns


@click.command(short_help="Report on this installation and machine.")
@click.option("--clear-cache", is_flag=True, help="Delete the compiled kernels; the next run compiles them again.")
@plugin_option
def doctor(clear_cache: bool) -> None:
    """One report to read or to paste: versions, processor, threads, CUDA, caches, plugins."""
    if clear_cache:
        from fastnn.kernels.store import cache_directory
        from fastnn.kernels.store import clear_cache as clear

        click.echo(f"{clear()} compiled kernels deleted from {cache_directory()}")
        return
    from fastnn.doctor import report

    for title, rows in report().items():
        click.echo(title)
        click.echo(columns(rows, indent="  "))
