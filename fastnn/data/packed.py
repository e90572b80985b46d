"""The content of a file, decompressed if necessary, with a limit on its size."""

from __future__ import annotations

import re
import sys
import zipfile
import zlib
from pathlib import Path

from fastnn.data.wording import quoted
from fastnn.errors import DataError

STANDARD_INPUT = "-"  # as a path
MAX_EXPANDED_BYTES = 1 << 29  # bytes to which any file may expand
EXPANSION = 200  # beyond that, a file may expand to this many times its size; real tables expand 3 to 50 times
_STEP = 1 << 10  # bytes per piece for all members after the first; zlib copies the rest of a piece after a member
_GZIP = b"\x1f\x8b"
_NOT_ZERO = re.compile(b"[^\0]")


def content(path: str | Path, by_content: bool = False) -> bytes:
    """Return the bytes of a file, or of standard input for "-". A file compressed with gzip is decompressed.

    It is known by its name, .gz; by_content, and for standard input: by its first bytes.
    Raises DataError if the file cannot be read, is damaged, or expands too much.
    """
    name = source_name(path)
    try:
        if path == STANDARD_INPUT:
            found, by_content = _standard_input(), True
        else:
            found = Path(path).read_bytes()
        compressed = found.startswith(_GZIP) if by_content else str(path).lower().endswith(".gz")
        return _gunzip(name, found) if compressed else found
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"Cannot read {name}: {getattr(error, 'strerror', None) or error}.") from None


def source_name(path: str | Path) -> str:
    """Return the name of a file in messages."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise EOFError("it is closed")
    return sys.stdin.buffer.read()


def check_members(path: str, names: list[str]) -> None:
    """Raise DataError if one of these members of a zip file expands too much."""
    with zipfile.ZipFile(path) as archive:
        for name in names:
            member = archive.getinfo(name)
            if member.file_size > limit(member.compress_size):
                raise _too_much(
                    path, f"save the array {quoted(name.removesuffix('.npy'))} uncompressed, with numpy.savez"
                )


def limit(packed: int) -> int:
    """Return the number of bytes to which a file of ``packed`` bytes may expand."""
    return max(MAX_EXPANDED_BYTES, EXPANSION * packed)


def _gunzip(path: str | Path, packed: bytes) -> bytes:
    """Return the content of a gzip file, which may consist of many members."""
    pieces, room, at = [], limit(len(packed)), 0
    step = len(packed)  # most files have only one member
    while at < len(packed):
        member, taken = zlib.decompressobj(wbits=31), step
        while not member.eof:
            if at >= len(packed):
                raise EOFError("the compressed file is truncated")
            piece = member.decompress(packed[at : at + taken], room + 1)
            at += taken
            taken *= 2
            room -= len(piece)
            if room < 0:
                raise _too_much(path, "decompress it first, with gunzip")
            pieces.append(piece)
        at = min(at, len(packed)) - len(member.unused_data)
        step = _STEP
        if packed.startswith(b"\0", at):  # padding
            rest = _NOT_ZERO.search(packed, at)
            at = rest.start() if rest else len(packed)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_much(path: str | Path, remedy: str) -> DataError:
    return DataError(f"{path} expands to more than {EXPANSION} times its size. If that is intended: {remedy}.")
