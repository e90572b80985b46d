"""``fastnn demo [TOPIC]``: the examples, one per topic of an introductory lecture on neural networks."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.phrases import columns
from fastnn.errors import FastnnError, UsageError, unknown

ALL = "all"


def _topics(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a topic."""
    return [CompletionItem(word) for word in _words() if word.startswith(incomplete)]


@click.command(cls=Command, short_help="List the examples with pictures, or run one.")
@click.argument("topic", required=False, shell_complete=_topics)
@click.option(
    "--out", metavar="DIR", default="pictures", shell_complete=files, help="Folder of the pictures.  [pictures]"
)
@click.option("--quick", is_flag=True, help="Fewer steps and frames.")
def demo(topic: str | None, out: str, quick: bool) -> None:
    """List the examples, or run one: TOPIC is its number, its name, or "all".

    Each example prints numbers, draws pictures and shows in its source how fastnn is used.
    """
    scripts = examples()
    if topic is None:
        click.echo(columns((*names(file), summary(file)) for file in scripts))
        click.echo(f"\nRun one with: fastnn demo {names(scripts[0])[1]}    Source: {scripts[0].parent}")
        return
    chosen = [file for file in scripts if topic.lower() in (ALL, *_spellings(file))]
    if not chosen:
        raise UsageError(f"{unknown('topic', topic, _words())} Or a number from 1 to {len(scripts)}.")
    from fastnn.cli.lines import Reporter
    from fastnn.cli.signals import ended_by_signals
    from fastnn.kernels.announcing import on_compile

    with ended_by_signals(), on_compile(Reporter().on_compile):
        for file in chosen:
            if len(chosen) > 1:
                click.echo(f"\n{' '.join(names(file))}: {summary(file)}\n")
            _run(file, [f"--out={out}", *(["--quick"] if quick else [])])


def examples() -> list[Path]:
    """Return the files of the examples: of the installed package, or of the checkout that is in use."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples", package.parent / "examples"):
        if found := sorted(folder.glob("[0-9][0-9]_*.py")):
            return found
    raise FastnnError(f"There are no examples in {package / 'examples'}: this installation of fastnn is incomplete.")


def names(file: Path) -> tuple[str, str]:
    """Return ("1", "gradient_descent") for 01_gradient_descent.py."""
    number, _, name = file.stem.partition("_")
    return str(int(number)), name


def _words() -> list[str]:
    return [*(names(file)[1] for file in examples()), ALL]


def _spellings(file: Path) -> tuple[str, ...]:
    return (*names(file), file.stem, file.name, file.stem[:2], names(file)[1].replace("_", "-"))


def summary(file: Path) -> str:
    """Return the first line of the docstring of an example, without running it."""
    import ast

    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def _run(file: Path, arguments: list[str]) -> None:
    """Run a file in this process, as Python runs a script: it finds the modules beside it and its arguments."""
    import runpy
    import sys

    before = sys.argv, sys.path
    sys.argv, sys.path = [str(file), *arguments], [str(file.parent), *sys.path]
    try:
        runpy.run_path(str(file), run_name="__main__")
    finally:
        sys.argv, sys.path = before
