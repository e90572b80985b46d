"""The content of a file, unpacked where it is compressed, and never more of it than a data set has."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from fastnn.errors import DataError

ROOM = 1 << 29  # bytes that any file may expand to
EXPANSION = 200  # beyond ROOM a file may become so many times larger; tables written out become 3 to 50 times
_STEP = 1 << 10  # bytes given to a member after the first one; zlib copies what is left of them
_NOT_ZERO = re.compile(b"[^\0]")


def content(path: str | Path) -> bytes:
    """The bytes of a file, of a .gz file what it holds.

    Raises DataError for a file that cannot be read, is damaged, or expands without measure.
    """
    try:
        found = Path(path).read_bytes()
        return _gunzip(path, found) if str(path).lower().endswith(".gz") else found
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from None


def check_members(path: str, names: list[str]) -> None:
    """DataError if these members of a zip file would expand without measure."""
    with zipfile.ZipFile(path) as archive:
        for name in names:
            member = archive.getinfo(name)
            if member.file_size > limit(member.compress_size):
                raise _too_much(path, f"Save the array {name.removesuffix('.npy')!r} uncompressed, with numpy.savez")


def limit(packed: int) -> int:
    """How many bytes so many compressed ones may become."""
    return max(ROOM, EXPANSION * packed)


def _gunzip(path: str | Path, packed: bytes) -> bytes:
    """What a gzip file holds; it may consist of many members, one after the other."""
    pieces, room, at = [], limit(len(packed)), 0
    step = len(packed)  # the first member is most often the only one
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
                raise _too_much(path, "Unpack it first, with gunzip")
            pieces.append(piece)
        at = min(at, len(packed)) - len(member.unused_data)
        step = _STEP
        if packed.startswith(b"\0", at):  # padding
            rest = _NOT_ZERO.search(packed, at)
            at = rest.start() if rest else len(packed)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_much(path: str | Path, remedy: str) -> DataError:
    return DataError(f"{path} expands to more than {EXPANSION} times its size. {remedy}, if that is right.")
