"""Lay out the pages of ``--help`` in any width, without cutting a word."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

import click

LEAST_WIDTH = 20
LEAST_TEXT = 26  # where less is left beside the options, their descriptions are below them


class HelpPage(click.HelpFormatter):
    """A formatter that fits narrow terminals. Click's is at least 50 wide and cuts words that do not fit."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        if width is None:
            width = max(min(shutil.get_terminal_size().columns, max_width or 80) - 2, LEAST_WIDTH)
        super().__init__(indent_increment, width, max_width)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the first line: "Usage: fastnn train [OPTIONS] [DATA]"."""
        self._write_lines(f"{prefix or 'Usage: '}{prog} {args}", 0, 4)

    def write_text(self, text: str) -> None:
        """Write paragraphs, which an empty line separates."""
        for i, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if i else "")
            self._write_lines(paragraph, self.current_indent, self.current_indent)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names and their descriptions in two columns, or below each other if the second were too narrow."""
        rows, indent = list(rows), self.current_indent
        column = indent + min(max(len(name) for name, _ in rows), col_max) + col_spacing
        beside = self.width - column >= LEAST_TEXT
        if not beside:
            column = indent + 4
        for name, text in rows:
            if beside and indent + len(name) + col_spacing <= column:
                self._write_lines(text, column, column, " " * indent + name)
            else:
                self._write_lines(name, indent, indent + 2)
                if text:
                    self._write_lines(text, column, column)

    def _write_lines(self, text: str, first: int, rest: int, before: str = "") -> None:
        """Write the text in lines that are indented by so much, the first one after ``before``."""
        lines = textwrap.wrap(
            text, self.width, initial_indent=" " * first, subsequent_indent=" " * rest, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        if before:
            lines[:1] = [before + line[len(before) :] for line in lines[:1]] or [before]
        self.write("".join(line + "\n" for line in lines))


class HelpContext(click.Context):
    """The context of a command whose help is a HelpPage."""

    formatter_class = HelpPage
