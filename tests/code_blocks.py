"""The code blocks of a text: of Markdown, and of docstrings, whose blocks are indented by four."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """language: that of the fence; "" for an indented block. line: of the file, counted from 1."""

    language: str
    text: str
    file: Path
    line: int

    @property
    def examples(self) -> bool:
        """Whether it shows a Python session, with what is printed."""
        return bool(re.search(r"^ *>>> ", self.text, re.MULTILINE))


def blocks_of(text: str, file: Path, first: int = 1) -> list[Block]:
    """The blocks of a text that begins in that line of its file. An indented block follows an empty line."""
    lines = text.splitlines()
    found: list[Block] = []
    number = 0
    while number < len(lines):
        fence = re.match(r"( *)(```+|~~~+) *(\w*)", lines[number])
        begin = number + 1 if fence else number
        if fence:
            ends = (n for n in range(begin, len(lines)) if lines[n].strip() == fence[2])
            number = next(ends, len(lines))
        elif lines[number].startswith("    ") and not (number and lines[number - 1].strip()):
            while number < len(lines) and (lines[number].startswith("    ") or not lines[number].strip()):
                number += 1
        else:
            number += 1
            continue
        content = textwrap.dedent("\n".join(lines[begin:number])).rstrip() + "\n"
        found.append(Block(fence[3] if fence else "", content, file, first + begin))
        number += bool(fence)
    return found


def docstring_blocks(file: Path) -> list[Block]:
    """The blocks of all docstrings of a Python file that hold code: the others are formulas and tables.

    Code is what shows a session or names ``fastnn``.
    """
    found: list[Block] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (text := ast.get_docstring(node)):
            found += blocks_of(text, file, node.body[0].lineno)
    return [block for block in found if block.language or block.examples or re.search(r"\bfastnn\b", block.text)]
