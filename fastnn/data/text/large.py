"""The short way through a large file: its plain columns as numbers, the others as texts. See ``plain``.

It is taken if the beginning of the file leaves no doubt about its records, its header and its decimal separator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastnn.data.text import records
from fastnn.data.text.cells import ByRow, Cells, stripped
from fastnn.data.text.columns import Columns
from fastnn.data.text.decimals import SURELY_POINT, evidence
from fastnn.data.text.header import Header, header
from fastnn.data.text.on_disk import OnDisk
from fastnn.data.text.options import ReadOptions
from fastnn.data.text.parsing import COMPRESSED, TextFile, is_for_csv, is_short
from fastnn.data.text.plain import Plain, Plan, first_records, looks_numeric, read_plain
from fastnn.data.text.portions import InMemory, Source
from fastnn.data.text.resemblance import MAX_CATEGORY_TEXTS
from fastnn.data.text.spellings import may_have_many
from fastnn.errors import DataError

LARGE = 1 << 20  # bytes; a smaller file is read in a moment in the usual way


@dataclass(frozen=True)
class Found:
    """The content of a file. others, categories: places of the needed columns, by what is known of their kind."""

    names: tuple[str, ...]
    head: Header
    content: Cells | Plain
    others: list[int]
    categories: list[int]

    @classmethod
    def of(cls, names: tuple[str, ...], head: Header, content: Cells | Plain, options: ReadOptions) -> Found:
        needed = options.needed(names)
        categories = [i for i in needed if options.kinds.get(names[i]) == "category"]
        return cls(names, head, content, [i for i in needed if options.kinds.get(names[i]) != "category"], categories)


def read_large(file: TextFile, options: ReadOptions, columns: Columns) -> Found | None:
    """Return the content of a file, or None if it should be read in the usual way."""
    if len(file.content) < LARGE:
        return None
    text = file.content.lstrip(b"\r\n")
    first = text[: text.find(b"\n") + 1]
    sample = first_records(text, file.separator)
    width = len(sample[0]) if sample else 0
    commas = options.decimal == "," or (file.separator != "," and b"," in text)
    if text.startswith(COMPRESSED) or first.count(b'"') % 2 or not sample or commas or is_for_csv(text, width):
        return None
    if text.endswith((file.separator.encode(), b'"')):  # polars would miss a last field, or an open quotation mark
        return None
    return _short(file.path, file.separator, sample, InMemory(text), options, columns)


def read_from_disk(disk: OnDisk, options: ReadOptions, columns: Columns) -> Found | None:
    """Return the content of a file with commas, or None if it should be read as a whole."""
    sample = first_records(disk.beginning, ",")
    if not sample or options.decimal == "," or is_short(len(sample[0]), sum(disk.sizes)):
        return None
    if records.separator(disk.beginning, False) != ",":
        return None
    return _short(disk.path, ",", sample, disk, options, columns)


def _short(
    path: str, separator: str, sample: list[list[str]], source: Source, options: ReadOptions, columns: Columns
) -> Found | None:
    width = len(sample[0])
    try:
        top = ByRow(stripped([*sample[0], *sample[1]]), width)
        head = header(path, top, options.header, columns.na_values)
    except DataError:  # what is said first depends on the rest of the file
        return None
    names = tuple(f"x{i + 1}" for i in range(width)) if options.numbered else head.names
    needed, targets = options.needed(names), options.targets(names)
    others = [i for i in needed if options.kinds.get(names[i]) != "category"]
    numeric = looks_numeric(sample[head.named :])
    # Of a target also the spelling of its numbers matters, unless they are measurements.
    spelled = {i for i in others if columns.training and names[i] in targets}
    varied = frozenset(i for i in spelled if may_have_many(source.lines) and _differ(sample[head.named :], i))
    numbers = tuple(i for i in others if numeric[i] and (i in varied or i not in spelled))
    if not numbers:
        return None
    chosen = set(numbers)
    texts = tuple(i for i in needed if i not in chosen)
    refused = tuple(columns.na_numbers)
    # With another separator, texts may be numbers with decimal commas.
    may_repeat = [i for i in texts if separator == "," and options.kinds.get(names[i]) != "number"]
    repeated = tuple(i for i in may_repeat if _few(sample[head.named :], i))
    plan = Plan(
        separator, width, int(head.named), numbers, texts, refused, columns.zeros, varied, repeated,
        columns.na_values,
    )  # fmt: skip
    plain = read_plain(source, plan)
    if plain is None:
        return None
    if separator != "," and not _has_points(plain, sample, plain.without(others)):
        return None
    return Found.of(names, head, plain, options)


def _differ(sample: Sequence[Sequence[str]], place: int) -> bool:
    """Return whether hardly any two of these cells are the same."""
    return len({record[place] for record in sample}) > 0.9 * len(sample)


def _few(sample: Sequence[Sequence[str]], place: int) -> bool:
    """Return whether these cells are few different texts."""
    return len({record[place] for record in sample}) <= MAX_CATEGORY_TEXTS


def _has_points(plain: Plain, sample: Sequence[Sequence[str]], unsure: Sequence[int]) -> bool:
    """Return whether the numbers surely have decimal points. unsure: columns of texts, which may have commas."""
    clear = any(re.match(SURELY_POINT, record[i].strip()) for record in sample for i in plain.places)
    return clear and evidence(plain, unsure).comma is None
