"""A large file that is read in portions, so that its text is never in memory as a whole.

That is for files about whose lines nothing has to be said; any other file is read as a whole (see ``parsing``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from fastnn.data.text import portions
from fastnn.data.text.spellings import may_have_leading_zeros


@dataclass(frozen=True)
class OnDisk:
    """beginning: of the text. sizes: of the portions, in bytes. zeros: whether a cell may begin with 0 and a digit."""

    path: str
    beginning: bytes
    sizes: tuple[int, ...]
    lines: int
    zeros: bool

    def portions(self, size: int) -> Iterator[bytes]:
        """Yield the text in portions of whole lines. Raises OSError if the file is no longer as long."""
        with open(self.path, "rb", buffering=0) as file:
            together = 0
            for number, more in enumerate(self.sizes, 1):
                together += more
                if together >= size or number == len(self.sizes):
                    portion = file.read(together)
                    if len(portion) != together:
                        raise OSError(f"{self.path} has changed.")
                    yield portion
                    together = 0


def survey(path: str, at_least: int) -> OnDisk | None:
    """Look at all of a file of at least so many bytes. None if it should be read as a whole.

    Each line of the file is a record: there are no quotation marks. It is UTF-8, and all lines end in the usual way.
    Raises OSError.
    """
    if path.lower().endswith(".gz") or not os.path.isfile(path) or os.path.getsize(path) < at_least:
        return None
    beginning, last, sizes, lines, zeros = b"", b"", list[int](), 0, False
    with open(path, "rb", buffering=0) as file:
        while block := file.read(portions.PORTION):
            at_the_end = len(block) < portions.PORTION
            end = len(block) if at_the_end else block.rfind(b"\n") + 1
            if not end or b"\0" in block or b'"' in block or not _is_usual(block, end):
                return None
            beginning = beginning or block
            zeros = zeros or may_have_leading_zeros(block)
            lines += portions.count_lines(block, end)
            sizes.append(end)
            file.seek(end - len(block), os.SEEK_CUR)
            last = block[end - 1 : end]
            if at_the_end:
                break
    if not sizes or last == b"," or beginning.startswith(portions.NOT_FIRST) or beginning[:4].lower() == b"sep=":
        return None
    return OnDisk(path, beginning, tuple(sizes), lines, zeros)


def _is_usual(block: bytes, end: int) -> bool:
    """Return whether a block is UTF-8, and has no carriage return by itself. end: of its last line."""
    if b"\r" in block:
        text = block[:end]
        if text.count(b"\r") > text.count(b"\r\n"):
            return False
    if not block.isascii():
        try:
            block[:end].decode("utf-8")
        except UnicodeDecodeError:
            return False
    return True
