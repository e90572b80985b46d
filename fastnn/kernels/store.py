"""The cache of compiled code: a folder with one file per entry, named by a hash of everything that the code depends on.

Files are written under a temporary name and moved into place, so several processes may write at once and nobody reads
an incomplete file. Each begins with a checksum of its name and content. When the folder is full, the least recently
used entries are deleted. Loaded code is executed, so nothing is read that another user could have put or changed there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 128 * 2**20
MAX_ENTRIES = 400
_HEADER = b"fastnn compiled code 2\n"
_SUFFIX = ".fnn"
_UNFINISHED = ".tmp"
_CHECKSUM = hashlib.sha256().digest_size
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

_problem: str | None = None


def cache_directory() -> Path:
    """Return $FASTNN_CACHE_DIR, or the folder ``fastnn`` in this platform's cache directory of the user."""
    chosen = os.environ.get("FASTNN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        if not base.is_absolute():  # the XDG specification: ignore a relative path
            base = Path.home() / ".cache"
    return base / "fastnn"


def cache_problem() -> str | None:
    """Return the first reason why this process could not read or write compiled code, or None."""
    folder = cache_directory()
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if not (there.is_dir() and os.access(there, os.W_OK)):
        problem(f"{folder} cannot be written")
    _is_refused(folder)
    return _problem


def problem(reason: str) -> None:
    """Remember a reason for the commands to report, if it is the first. Training continues without the cache."""
    global _problem
    _problem = _problem or reason


def cache_size() -> tuple[int, int]:
    """Return (number of entries, bytes)."""
    sizes = [size for _, size, _ in _entries()]
    return len(sizes), sum(sizes)


def clear_cache() -> int:
    """Delete all entries, but no other files in the folder, and return their number."""
    count = 0
    for _, _, path in [*_entries(), *_entries(_UNFINISHED)]:
        with contextlib.suppress(OSError):
            path.unlink()
            count += path.suffix == _SUFFIX
    return count


def exists(name: str) -> bool:
    """Return whether there is an entry with this name, without reading it."""
    return (cache_directory() / (name + _SUFFIX)).exists()


def load(name: str) -> bytes | None:
    """Return the content of an entry, or None if it is missing or cannot be trusted. A damaged entry is deleted."""
    folder = cache_directory()
    if _is_refused(folder):
        return None
    path = folder / (name + _SUFFIX)
    try:
        with open(path, "rb") as file:
            if not _is_private(os.fstat(file.fileno())):
                problem(f"{path} belongs to or can be written by other users, so it is not read")
                return None
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem(f"{path} could not be read: {error}")
        return None
    start = len(_HEADER) + _CHECKSUM
    if data[:start] != _header(name, data[start:]):
        problem(f"{path} was damaged and is replaced")
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now, so it is deleted last
    return data[start:]


def save(name: str, content: bytes) -> None:
    """Write an entry. If that is impossible, remember the reason."""
    folder = cache_directory()
    unfinished = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_refused(folder):
            return
        handle, unfinished = tempfile.mkstemp(suffix=_UNFINISHED, dir=folder)
        with open(handle, "wb") as file:
            file.write(_header(name, content) + content)
        os.replace(unfinished, folder / (name + _SUFFIX))
    except OSError as error:
        problem(f"{folder} could not be written: {error}")
        if unfinished is not None:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
        return
    _evict()


def _header(name: str, content: bytes) -> bytes:
    """Return the beginning of an entry. The checksum includes the name, so entries cannot be confused."""
    digest = hashlib.sha256(name.encode() + b"\n")
    digest.update(content)
    return _HEADER + digest.digest()


def _is_refused(folder: Path) -> bool:
    """Return True, and remember the reason, if other users could change the contents of the folder."""
    try:
        refused = not _is_private(folder.stat())
    except OSError:  # it does not exist yet, or cannot be reached: reading and writing will report that
        return False
    if refused:
        problem(f"{folder} belongs to or can be written by other users, so it is not used; chmod go-w may help")
    return refused


def _is_private(status: os.stat_result) -> bool:
    """Return True if only this user can write it, or if the system has no numeric owners."""
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE


def _evict() -> None:
    """Delete the least recently used entries beyond the limits, and the temporary files of killed processes."""
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
    """Yield (time of last use, bytes, path) of each entry. Other processes may delete entries meanwhile."""
    try:
        paths = list(cache_directory().glob("*" + suffix))
    except OSError:
        return
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, path
