"""Files that are written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastnn.errors import FastnnError

_unfinished: set[str] = set()  # the names of the temporary files of this process


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Open a new binary file that replaces ``path`` once it is completely written.

    If writing fails, ``path`` is left as it was. Temporary files that killed processes left for ``path`` are removed.

    Raises FastnnError, with the path, if it cannot be written: no such folder, no permission, a full disk.
    """
    remove_abandoned(path)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{os.getpid()}-")
        _unfinished.add(os.path.basename(temporary))
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # temporary files are private, but a model is a file like any other
        os.replace(temporary, path)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise
    finally:
        _unfinished.discard(os.path.basename(temporary))


def remove_abandoned(path: Path) -> None:
    """Delete the temporary files of ``path`` whose processes ended before they could finish them."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.(\d{{1,10}})-[a-z0-9_]{{8}}")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            found = ours.fullmatch(entry.name)
            if found and entry.is_file(follow_symlinks=False) and not _is_written(entry.name, int(found[1])):
                with contextlib.suppress(OSError):
                    os.unlink(entry)


def unwritable(path: Path, error: OSError) -> FastnnError:
    """Return an error that names the file and quotes the system's reason."""
    return FastnnError(f"Cannot write {path}: {error.strerror or error}.")


def _is_written(name: str, process: int) -> bool:
    """Return whether a process is writing the file. In a container, an earlier process had the number of this one."""
    return name in _unfinished if process == os.getpid() else _is_running(process)


def _is_running(process: int) -> bool:
    if sys.platform == "win32":  # there signal 0 is Ctrl-C, and an open file cannot be deleted anyway
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is running, and belongs to another user
        return True
    return process > 0
