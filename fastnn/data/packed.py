"""The content of a file, unpacked where it is compressed, and never more of it than a data set has."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from fastnn.errors import DataError

ROOM = 1 << 29  # bytes that any file may expand to
EXPANSION = 200  # beyond ROOM a file may become so many times larger; tables written out become 3 to 50 times


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
    pieces, room = [], limit(len(packed))
    while packed:  # a file may be several in a row
        unpacking = zlib.decompressobj(wbits=31)
        piece = unpacking.decompress(packed, room + 1)
        room -= len(piece)
        if room < 0:
            raise _too_much(path, "Unpack it first, with gunzip")
        if not unpacking.eof:
            raise EOFError("the compressed file is truncated")
        pieces.append(piece)
        packed = unpacking.unused_data.lstrip(b"\0")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_much(path: str | Path, remedy: str) -> DataError:
    return DataError(f"{path} expands to more than {EXPANSION} times its size. {remedy}, if that is right.")
