"""``fastnn plugins show NAME``."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.options import plugin_option
from fastnn.cli.phrases import columns
from fastnn.errors import FastnnError, UsageError

if TYPE_CHECKING:
    from fastnn.parts.part import Part


@click.command("show", cls=Command)
@click.argument("name")
@click.option("--plot", metavar="FILE.png", shell_complete=files, help="Draw the function and its derivative.")
@plugin_option
def show(name: str, plot: str | None) -> None:
    """Show the part NAME: its parameters, their allowed values, its formula and derivative."""
    from fastnn.parts.by_name import named

    found = named(name)
    click.echo("\n\n".join(_description(part) for part in found))
    if plot is not None:
        from fastnn.runs.function_plot import can_be_drawn, draw_part

        drawn = [part for part in found if can_be_drawn(part)]
        if not drawn:
            kind = f"{'row-wise ' if getattr(found[0], 'rowwise', False) else ''}{found[0].kind}"
            article = "an" if kind[0] in "aio" else "a"
            reason = "only activations and losses of single numbers are drawn"
            raise UsageError(f"--plot: {name!r} is {article} {kind}: {reason}.")
        draw_part(plot, drawn[0])


def value_text(value: object) -> str:
    """Return a parameter's value as it is written on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _description(part: Part) -> str:
    from fastnn.parts import registry

    lines = [f"{part.kind} {part.name}", f"  from: {registry.owner(part)}"]
    if part.aliases:
        lines.append(f"  also called: {', '.join(part.aliases)}")
    for key in ("target", "rowwise", "trainable", "batch", "state"):
        value = getattr(part, key, None)
        if value:
            lines.append(f"  {key}: {', '.join(value) if isinstance(value, tuple | dict) else value_text(value)}")
    if part.declared:
        lines += ["  parameters:", columns(_parameters(part), indent="    ")]
    documentation = inspect.getdoc(inspect.getmodule(part.f)) or inspect.getdoc(part.f)
    if documentation:
        lines += ["", *_indented(documentation)]
    lines += ["", f"  formula{_place(part.f)}:", "", *_indented(_source(part.f))]
    for title, text in _more(part):
        lines += ["", f"  {title}:", "", *_indented(text)]
    return "\n".join(lines)


def _parameters(part: Part) -> list[tuple[str, ...]]:
    from fastnn.parts.meanings import meaning

    return [(name, f"= {value_text(p.default)}", p.allowed(), meaning(part, name)) for name, p in part.declared.items()]


def _more(part: Any) -> list[tuple[str, str]]:
    """Return titles and texts: the derivative, as it is given or derived; the per-step scalars of an optimizer."""
    if part.kind == "optimizer" and part.scalars:
        return [(f"numbers of each step{_place(part.scalars)}", _source(part.scalars))]
    if part.kind not in ("activation", "loss"):
        return []
    word, own = ("derivative", part.derivative) if part.kind == "activation" else ("gradient", part.gradient)
    if own:
        return [(f"{word}, as given{_place(own)}", _source(own))]
    from fastnn import formula

    try:
        unit = formula.activation_unit if part.kind == "activation" else formula.loss_unit
        return [(f"value and {word}, derived from the formula", formula.readable(unit(part(), "float64")))]
    except FastnnError as error:
        return [(f"no {word}", str(error))]


def _source(function: Callable) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return "(its source is not in a file)"


def _place(function: Callable) -> str:
    code = getattr(function, "__code__", None)
    return f" ({code.co_filename}:{code.co_firstlineno})" if code else ""


def _indented(text: str) -> list[str]:
    return ["  " + line if line else "" for line in text.rstrip().splitlines()]
