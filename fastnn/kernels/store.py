"""A folder of compiled code: one file an entry, named by the hash of what it was made from.

Files are written under another name and moved into place, so two processes may write at once and nobody reads
half a file; each begins with a checksum. The least recently used ones are deleted beyond a bound.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 128 * 2**20
MAX_ENTRIES = 400
_HEADER = b"fastnn compiled code 1\n"
_SUFFIX = ".fnn"
_UNFINISHED = ".tmp"
_CHECKSUM = hashlib.sha256().digest_size

_problem: str | None = None


def cache_directory() -> Path:
    """$FASTNN_CACHE_DIR, else the folder ``fastnn`` in the user's cache directory of this platform."""
    chosen = os.environ.get("FASTNN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "fastnn"


def cache_problem() -> str | None:
    """Why compiled code could not be kept or read in this process; None if all is well."""
    folder = cache_directory()
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if _problem is None and not (there.is_dir() and os.access(there, os.W_OK)):
        problem(f"{folder} cannot be written")
    return _problem


def problem(reason: str) -> None:
    """Remember the first reason for ``fastnn doctor``: training goes on without the cache."""
    global _problem
    _problem = _problem or reason


def cache_size() -> tuple[int, int]:
    """(number of entries, bytes)."""
    sizes = [size for _, size, _ in _entries()]
    return len(sizes), sum(sizes)


def clear_cache() -> int:
    """Delete all entries, and nothing else in the folder; how many there were."""
    count = 0
    for _, _, path in [*_entries(), *_entries(_UNFINISHED)]:
        with contextlib.suppress(OSError):
            path.unlink()
            count += path.suffix == _SUFFIX
    return count


def load(name: str) -> bytes | None:
    """The entry's content; None if it is absent. A damaged one is deleted; another user's is not read."""
    path = cache_directory() / (name + _SUFFIX)
    try:
        with open(path, "rb") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                problem(f"{path} belongs to another user and was not read")
                return None
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem(f"{path} could not be read: {error}")
        return None
    start = len(_HEADER) + _CHECKSUM
    if data[:start] != _HEADER + hashlib.sha256(data[start:]).digest():
        problem(f"{path} was damaged and is replaced")
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # read now: the last to be deleted
    return data[start:]


def save(name: str, content: bytes) -> None:
    """Write the entry; where that is impossible the reason is remembered and nothing else happens."""
    folder = cache_directory()
    unfinished = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(suffix=_UNFINISHED, dir=folder)
        with open(handle, "wb") as file:
            file.write(_HEADER + hashlib.sha256(content).digest() + content)
        os.replace(unfinished, folder / (name + _SUFFIX))
    except OSError as error:
        problem(f"{folder} could not be written: {error}")
        if unfinished is not None:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
        return
    _evict()


def _evict() -> None:
    """Delete the least recently used entries beyond the bounds, and what a killed process left unfinished."""
    entries = sorted(_entries(), reverse=True)
    total = 0
    for count, (_, size, path) in enumerate(entries, 1):
        total += size
        if count > MAX_ENTRIES or total > MAX_BYTES:
            with contextlib.suppress(OSError):
                path.unlink()
    hour_ago = time.time() - 3600
    for modified, _, path in _entries(_UNFINISHED):
        if modified < hour_ago:
            with contextlib.suppress(OSError):
                path.unlink()


def _entries(suffix: str = _SUFFIX) -> Iterator[tuple[float, int, Path]]:
    """(time of last use, bytes, path) of each entry; another process may be deleting them meanwhile."""
    try:
        paths = list(cache_directory().glob("*" + suffix))
    except OSError:
        return
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, path
