"""``fastnn plugins check NAME|FILE.py``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.options import plugin_option

if TYPE_CHECKING:
    from fastnn.parts.part import Bound

WIDTH = 18  # of the longest name of a check
WORDS = {True: "ok", False: "FAILED", None: "-"}


@click.command("check", cls=Command)
@click.argument("parts", nargs=-1, required=True, metavar="NAME|FILE.py ...", shell_complete=files)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each check.")
@plugin_option
def check(parts: tuple[str, ...], as_json: bool) -> int:
    """Check parts: of a name, or all of a Python file, which is executed.

    Derivative, float32 code, large numbers, NaN, speed, equal bits on the CPU and on CUDA; the rules that a loss, an
    optimizer or an initializer must keep. The exit code is 2 if a check fails.
    """
    from fastnn.parts import registry
    from fastnn.testing.checking import findings

    wrong = 0
    bounds = [bound for choice in parts for bound in _chosen(choice)]  # a wrong name is refused first
    for bound in bounds:
        if not as_json:
            click.echo(f"{bound.part.kind} {bound.spec} from {registry.owner(bound.part)}")
        counts = {True: 0, False: 0, None: 0}
        for finding in findings(bound):
            counts[finding.passed] += 1
            if as_json:
                click.echo(json.dumps({"kind": bound.part.kind, "name": bound.spec, **asdict(finding)}))
            else:
                click.echo(f"  {WORDS[finding.passed]:6}  {finding.check:{WIDTH}}  {finding.reason}")
        wrong += counts[False]
        if not as_json:
            more = f", {counts[None]} not judged" if counts[None] else ""
            click.echo(f"{counts[True]} passed, {counts[False]} failed{more}")
    return 2 if wrong else 0


def _chosen(choice: str) -> list[Bound]:
    """Return the parts of a file, or those with a name: of all kinds, or with the values after a colon."""
    from fastnn.parts import registry
    from fastnn.parts.by_name import named, only

    if choice.endswith(".py"):
        return [part() for part in registry.load_plugin(choice).parts]
    return [only(choice)] if ":" in choice else [part() for part in named(choice)]
