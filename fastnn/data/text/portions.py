"""A text parsed by polars in portions of whole records, so that it needs little memory beside what is kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fastnn.data.text.cells import strip
from fastnn.data.text.parsing import COMPRESSED
from fastnn.data.text.repeated import Repeated

if TYPE_CHECKING:
    import polars as pl

PORTION, CACHED = 1 << 22, 1 << 17  # bytes
PER_COLUMN = 1 << 15  # bytes of a portion at least, because polars takes its time for each column
NEWLINE = ord("\n")
NOT_FIRST = (b"\n", b"\r", b"\xef\xbb\xbf", *COMPRESSED)  # polars does not read these as text at the beginning


class Source(Protocol):
    """A text in portions of whole records. lines: their number; without quotation marks, each line is a record."""

    @property
    def lines(self) -> int: ...

    def portions(self, size: int) -> Iterator[bytes]:
        """Yield portions of about this many bytes."""
        ...


@dataclass(frozen=True)
class InMemory:
    """A text in memory. It is one portion if a line may end within quotation marks."""

    text: bytes

    @cached_property
    def lines(self) -> int:
        return count_lines(self.text, len(self.text))

    def portions(self, size: int) -> Iterator[bytes]:
        text, at = self.text, 0
        if b'"' in text:
            yield text
            return
        while at < len(text):
            end = len(text) if len(text) - at <= size else text.find(b"\n", at + size) + 1 or len(text)
            yield text[at:end]
            at = end


@dataclass(frozen=True)
class Parsed:
    """numbers: (rows, columns), column by column in memory; NaN if a cell is no number. texts: stripped."""

    numbers: np.ndarray
    texts: list[pl.Series]
    repeated: list[Repeated]


def parsed(
    source: Source, separator: str, width: int, skip: int, numbers: Sequence[int], others: Sequence[int],
    repeated: Sequence[int] = (),
) -> Parsed | None:  # fmt: skip
    """Return columns of numbers, columns of texts, and columns of texts that are probably few.

    skip: lines before the data, 0 or 1. Returns None if polars refuses the text, or may have read a record that is
    blank or of another length: it has no value in the last column.
    """
    import polars as pl

    as_numbers, last = set(numbers), width - 1
    schema = {_name(i): pl.Float64() if i in as_numbers else pl.String() for i in range(width)}
    places = {*numbers, *others, *repeated, last}
    chosen = None if len(places) == width else sorted(places)
    at, rows = 0, source.lines - skip
    texts: list[list[pl.Series]] = [[] for _ in others]
    few = [Repeated(rows) for _ in repeated]
    matrix = np.empty((len(numbers), rows))
    for number, portion in enumerate(source.portions(max(PORTION, len(places) * PER_COLUMN))):
        if portion.startswith(NOT_FIRST):
            return None
        with warnings.catch_warnings(record=True) as doubts:  # such as "CSV malformed"
            warnings.simplefilter("always")
            try:
                frame = pl.read_csv(
                    portion, separator=separator, has_header=False, skip_rows=0 if number else skip, schema=schema,
                    columns=chosen, ignore_errors=True,
                )  # fmt: skip
            except (pl.exceptions.PolarsError, ValueError, pl.exceptions.PanicException):
                return None
        if doubts or not frame.height or frame.get_column(_name(last)).null_count():
            return None
        end = at + frame.height
        if end > rows:
            return None
        if len(numbers) > frame.height:  # a call for each column would be slow
            block = frame.select(map(_name, numbers)).to_numpy(order="fortran").T
            if frame.height == rows:
                matrix = block
            else:
                matrix[:, at:end] = block
        else:
            for i, place in enumerate(numbers):
                matrix[i, at:end] = frame.get_column(_name(place)).to_numpy()
        for parts, place in zip(texts, others, strict=True):
            parts.append(strip(frame.get_column(_name(place))))
        for column, place in zip(few, repeated, strict=True):
            column.add(frame.get_column(_name(place)))
        at = end
    if at < rows:  # records of several lines
        matrix = matrix[:, :at].copy()
    return Parsed(matrix.T, [pl.concat(parts, rechunk=True) for parts in texts], few)


def count_lines(text: bytes, end: int) -> int:
    """Return the number of lines up to a place. It takes a third of the time of bytes.count."""
    whole = np.frombuffer(text, np.uint8)[:end]
    ends = sum(int(np.count_nonzero(whole[at : at + CACHED] == NEWLINE)) for at in range(0, len(whole), CACHED))
    return ends + (not text.endswith(b"\n", 0, end))


def _name(place: int) -> str:
    return f"column_{place}"
