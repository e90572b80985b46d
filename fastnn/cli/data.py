"""``fastnn data list``."""

from __future__ import annotations

import click

from fastnn.cli.group import NamedCommands
from fastnn.cli.phrases import columns


@click.group(cls=NamedCommands, short_help="The data sets that have a name.")
def data() -> None:
    """The data sets that have a name, and the files that can be read."""


@data.command("list")
def list_data() -> None:
    """Names that DATA may be, and the formats of files."""
    from fastnn.data.builtin import BUILTIN
    from fastnn.data.source import SUFFIXES

    click.echo(columns((name, builtin.summary) for name, builtin in BUILTIN.items()))
    click.echo(f"\nFiles: {', '.join(SUFFIXES)}. A folder with images in the IDX format of MNIST.")
