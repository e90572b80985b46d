"""``fastnn data list``."""

from __future__ import annotations

import click

from fastnn.cli.group import NamedCommands
from fastnn.cli.phrases import columns


@click.group(cls=NamedCommands, short_help="List the built-in data sets and the supported file formats.")
def data() -> None:
    """List the built-in data sets and the supported file formats."""


@data.command("list")
def list_data() -> None:
    """List data sets and file formats."""
    from fastnn.data.builtin import BUILTIN
    from fastnn.data.source import SUFFIXES

    click.echo(columns((name, builtin.summary) for name, builtin in BUILTIN.items()))
    click.echo(f"\nFiles: {', '.join(SUFFIXES)}. Folders: images in the IDX format of MNIST.")
