"""``fastnn plugins list`` and ``fastnn plugins show NAME``."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING

import click

from fastnn.cli.group import NamedCommands
from fastnn.cli.options import plugin_option
from fastnn.cli.phrases import columns
from fastnn.errors import UsageError, unknown
from fastnn.part_kinds import PART_KINDS

if TYPE_CHECKING:
    from fastnn.parts.part import Part

SINGULAR = {plural: kind for kind, plural in PART_KINDS.items()}


@click.group(cls=NamedCommands, short_help=f"List or show {', '.join(SINGULAR)}.")
def plugins() -> None:
    """List the activations, losses etc. that can be used by name, or show one of them."""


@plugins.command("list", help=f"List all parts, or those of one KIND: {', '.join(PART_KINDS)}.")
@click.argument("kind", required=False)
@plugin_option
def list_parts(kind: str | None) -> None:
    """List parts with their defaults, and the plugins that could not be loaded."""
    from fastnn.parts import registry

    given = (kind or "").lower()
    wanted = SINGULAR.get(given, given)
    if wanted and wanted not in PART_KINDS:
        raise UsageError(unknown("kind of part", kind, PART_KINDS))
    found = [(part, owner) for part, owner in registry.parts() if wanted in ("", part.kind)]
    rows = [(part.kind, part.name, owner, _parameters(part)) for part, owner in found]
    click.echo(columns([("kind", "name", "from", "parameters"), *rows]))
    for clash in registry.clashes():
        click.echo(f"Clash: {clash}")
    for failure in registry.failures():
        click.echo(f"Not loaded: {failure}")


@plugins.command("show")
@click.argument("name")
@plugin_option
def show(name: str) -> None:
    """Show the part NAME: its parameters, their allowed values, its formula."""
    from fastnn.parts import registry

    found = [part for part, _ in registry.parts() if name in (part.name, *part.aliases)]
    if not found:
        names = {n for part, _ in registry.parts() for n in (part.name, *part.aliases)}
        raise UsageError(unknown("part", name, names))
    click.echo("\n\n".join(_description(part) for part in found))


def _parameters(part: Part) -> str:
    return ", ".join(f"{name}={_value(p.default)}" for name, p in part.declared.items())


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _description(part: Part) -> str:
    from fastnn.parts import registry

    lines = [f"{part.kind} {part.name}", f"  from: {registry.owner(part)}"]
    if part.aliases:
        lines.append(f"  also called: {', '.join(part.aliases)}")
    for key in ("target", "rowwise", "trainable", "batch", "state"):
        value = getattr(part, key, None)
        if value:
            lines.append(f"  {key}: {', '.join(value) if isinstance(value, tuple | dict) else _value(value)}")
    if part.declared:
        lines.append("  parameters:")
        rows = [(name, f"= {_value(p.default)}", p.allowed()) for name, p in part.declared.items()]
        lines.append(columns(rows, indent="    "))
    lines.append("")
    documentation = inspect.getdoc(inspect.getmodule(part.f)) or inspect.getdoc(part.f)
    if documentation:
        lines += ["  " + line if line else "" for line in documentation.splitlines()] + [""]
    try:
        source = inspect.getsource(part.f)
    except (OSError, TypeError):
        source = "(its source is not in a file)"
    return "\n".join([*lines, *("  " + line for line in textwrap.dedent(source).splitlines())])
