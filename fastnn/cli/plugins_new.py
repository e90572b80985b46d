"""``fastnn plugins new KIND NAME``."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.options import plugin_option
from fastnn.errors import UsageError, unknown
from fastnn.part_kinds import PART_KINDS


@click.command("new", cls=Command)
@click.argument("kind")
@click.argument("name")
@click.option("--out", metavar="DIR", shell_complete=files, help="Folder to create.  [fastnn-NAME]")
@plugin_option
def new(kind: str, name: str, out: str | None) -> None:
    """Create a package for a new part: KIND is activation, loss, initializer or optimizer.

    The folder fastnn-NAME then has a formula to replace, a test with all checks, a README and a pyproject.toml.
    """
    from fastnn.cli.new_package import texts

    kinds = {plural: kind for kind, plural in PART_KINDS.items()}
    found = kinds.get(kind.lower(), kind.lower())
    if found not in PART_KINDS:
        raise UsageError(unknown("kind of part", kind, PART_KINDS))
    _check_name(found, name)
    folder = Path(out) if out else Path(f"fastnn-{name.replace('_', '-')}")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"{str(folder)!r} exists already: nothing is written. Choose --out DIR.") from None
    for file, text in texts(found, name).items():
        (folder / file).write_text(text, encoding="utf-8")
    module = folder / f"fastnn_{name}.py"
    click.echo(f"created {folder}: the formula is in {module}")
    click.echo(f"  fastnn plugins check {module}")
    click.echo(f"  python -m pytest {folder}")
    click.echo(f"  python -m pip install --editable {folder}")


def _check_name(kind: str, name: str) -> None:
    """Raise UsageError unless a module can have this name, and no part has it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(
            f"NAME = {name!r} is not allowed: it must be lower-case letters, digits and underscores, begin with a "
            "letter, and be no word of Python's own."
        )
    from fastnn import mathematics
    from fastnn.parts import registry

    if name in (*mathematics.__all__, "fastnn", "np", "rng"):
        raise UsageError(f"NAME = {name!r} is not allowed: a formula may need a function of that name.")
    for part, owner in registry.parts():
        if part.kind == kind and name in (part.name, *part.aliases):
            raise UsageError(f"There is already a part of that name, {kind} {name!r} ({owner}): choose another one.")
