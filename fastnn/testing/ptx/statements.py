"""PTX text as a list of statements with their line numbers. Scopes are statements too: ``{`` and ``}``."""

from __future__ import annotations

import re
from typing import NamedTuple

# Directives that end at the end of their line instead of at a semicolon.
_LINES = re.compile(r"^[ \t]*\.(version|target|address_size|file|loc)\b[^\n]*", re.M)
_LABEL = re.compile(r"\s*([\w$]+)\s*:(?!:)")
_DELIMITER = re.compile(r'[;{}]|"[^"\n]*"')


class Statement(NamedTuple):
    """An instruction or a directive without its semicolon, ``{``, ``}``, or a label with its colon."""

    text: str
    line: int


def statements(text: str) -> list[Statement]:
    """Split PTX. Text before a scope (a function's header) is a statement of its own."""
    text = _without_comments(text)
    found: list[Statement] = []
    begin = at = 0
    while match := _DELIMITER.search(text, at):
        sign, at = match[0], match.end()
        if sign[0] == '"':
            continue
        begin = _labels(text, begin, match.start(), found)
        before = text[begin : match.start()]
        if sign == ";":
            _add(text, begin, match.start(), found)
        elif sign == "{":
            if before.strip() and not _is_header(before):  # a vector of operands or a list of initial values
                at = _closing(text, match.start())
                continue
            _add(text, begin, match.start(), found)
            found.append(Statement("{", _line(text, match.start())))
        else:
            _add(text, begin, match.start(), found)
            found.append(Statement("}", _line(text, match.start())))
        begin = at
    return found


def _without_comments(text: str) -> str:
    """Blank out comments and line directives; every line stays where it is."""
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    return _LINES.sub("", text)


def _labels(text: str, begin: int, end: int, found: list[Statement]) -> int:
    """Add the labels before a statement and return where the statement begins."""
    while match := _LABEL.match(text, begin, end):
        found.append(Statement(match[1] + ":", _line(text, match.start(1))))
        begin = match.end()
    return begin


def _is_header(text: str) -> bool:
    return bool(re.search(r"\.(entry|func|section)\b", text))


def _closing(text: str, begin: int) -> int:
    """The place behind the brace that closes the one at ``begin``."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _add(text: str, begin: int, end: int, found: list[Statement]) -> None:
    words = text[begin:end].split()
    if words:
        start = begin + len(text[begin:end]) - len(text[begin:end].lstrip())
        found.append(Statement(" ".join(words), _line(text, start)))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
