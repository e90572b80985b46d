"""``fastnn plugins list``, and the group of the other commands about parts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from fastnn.cli.group import NamedCommands
from fastnn.cli.options import plugin_option
from fastnn.cli.phrases import columns
from fastnn.cli.plugins_check import check
from fastnn.cli.plugins_new import new
from fastnn.cli.plugins_show import show, value_text
from fastnn.errors import UsageError, unknown
from fastnn.part_kinds import PART_KINDS

if TYPE_CHECKING:
    from fastnn.parts.part import Part

SINGULAR = {plural: kind for kind, plural in PART_KINDS.items()}


@click.group(cls=NamedCommands, short_help=f"List, show, check or begin {', '.join(SINGULAR)}.")
def plugins() -> None:
    """List the activations, losses etc. that can be used by name; show, check or begin one of them."""


plugins.add_command(show)
plugins.add_command(check)
plugins.add_command(new)


@plugins.command("list", help=f"List all parts, or those of one KIND: {', '.join(PART_KINDS)}.")
@click.argument("kind", required=False)
@click.option("--kind", "option", metavar="KIND", help="The same as the argument KIND.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: parts, clashes, not_loaded.")
@plugin_option
def list_parts(kind: str | None, option: str | None, as_json: bool) -> None:
    """List parts with their defaults, and the plugins that could not be loaded."""
    from fastnn.parts import registry

    wanted = _kind(kind or option)
    if kind and option and _kind(option) != wanted:
        raise UsageError(f"Two kinds are given, {kind!r} and --kind {option}: leave one out.")
    found = [(part, owner) for part, owner in registry.parts() if wanted in ("", part.kind)]
    if as_json:
        click.echo(json.dumps(_as_json(found), allow_nan=False))
        return
    rows = [(part.kind, part.name, owner, _parameters(part)) for part, owner in found]
    click.echo(columns([("kind", "name", "from", "parameters"), *rows]))
    for clash in registry.clashes():
        click.echo(f"Clash: {clash}")
    for failure in registry.failures():
        click.echo(f"Not loaded: {failure}")


def _kind(given: str | None) -> str:
    """Return the kind in the singular; "" for all."""
    name = (given or "").lower()
    wanted = SINGULAR.get(name, name)
    if wanted and wanted not in PART_KINDS:
        raise UsageError(unknown("kind of part", given, PART_KINDS))
    return wanted


def _parameters(part: Part) -> str:
    return ", ".join(f"{name}={value_text(p.default)}" for name, p in part.declared.items())


def _as_json(found: list[tuple[Part, str]]) -> dict[str, list]:
    from fastnn.parts import registry

    return {
        "parts": [
            {
                "kind": part.kind,
                "name": part.name,
                "aliases": list(part.aliases),
                "from": owner,
                "parameters": {name: p.default for name, p in part.declared.items()},
            }
            for part, owner in found
        ],
        "clashes": [str(clash) for clash in registry.clashes()],
        "not_loaded": [str(failure) for failure in registry.failures()],
    }
